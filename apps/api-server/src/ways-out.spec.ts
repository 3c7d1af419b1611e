import type { GenerateResponseInit } from '@ryzanstein/contracts/engine';
import { RpcError } from '@ryzanstein/rpc';
import { aborted, eventually, gate, settledAt } from '../test/eventually.ts';
import { beginChat, chat, expectReleases, question, startMesh, type Mesh } from '../test/mesh.ts';
import { accepted, delta, started, threeWords } from '../test/scripted-engine.ts';

/** One word, then nothing until the call is given up. */
function oneWordThenSilence(mesh: Mesh, tokens = 3) {
  const cancelled = gate();
  mesh.engine.generate = async function* (_request, ctx): AsyncIterable<GenerateResponseInit> {
    yield accepted;
    yield started;
    yield delta('The', tokens);
    await aborted(ctx.signal);
    cancelled.open();
    throw RpcError.from(ctx.signal.reason);
  };
  return cancelled.opened;
}

function outcomes(mesh: Mesh): string[] {
  return mesh.finished.map(({ outcome }) => outcome);
}

describe('a caller who leaves', () => {
  it('while it waits for a lease, leaves the queue and gives back what may have been granted', async () => {
    const mesh = await startMesh();
    const left = gate();
    mesh.coordinator.acquire = async (_request, ctx) => {
      await aborted(ctx.signal);
      left.open();
      throw RpcError.from(ctx.signal.reason);
    };
    const leaving = new AbortController();
    const reply = chat(mesh, question, { signal: leaving.signal });
    await eventually(() => expect(mesh.coordinator.acquired).toHaveLength(1));
    leaving.abort();
    expect((await reply).error?.code).toBe('CANCELLED');
    await left.opened;
    await expectReleases(mesh, ['key:raced']);
    expect(mesh.coordinator.released[0]?.idempotencyKey).toBe(mesh.coordinator.acquired[0]?.idempotencyKey);
    expect(mesh.engine.generated).toEqual([]);
    expect(outcomes(mesh)).toEqual(['CANCELLED']);
  });

  it('just as the lease is granted, gives it back', async () => {
    const mesh = await startMesh();
    mesh.coordinator.acquire = async (request, ctx) => {
      await aborted(ctx.signal);
      return mesh.coordinator.grant(request);
    };
    const leaving = new AbortController();
    const reply = chat(mesh, question, { signal: leaving.signal });
    await eventually(() => expect(mesh.coordinator.acquired).toHaveLength(1));
    leaving.abort();
    await reply;
    await expectReleases(mesh, ['key:raced']);
  });

  it('at any moment, leaves no lease behind', async () => {
    const mesh = await startMesh();
    const rounds = 40;
    for (let round = 0; round < rounds; round += 1) {
      const leaving = new AbortController();
      const reply = chat(mesh, question, { signal: leaving.signal });
      const untilMs = performance.now() + round / 10;
      while (performance.now() < untilMs) await new Promise((resolve) => setImmediate(resolve));
      leaving.abort();
      await reply;
    }
    // Every grant is given back once, by its id or by its key. (A key may also be given back whose
    // Acquire never came to be handled.)
    await eventually(() => {
      const { acquired, granted, released } = mesh.coordinator;
      const ends = acquired.map(({ idempotencyKey: key }) => {
        const leaseId = granted.get(key);
        return released.filter((given) => given.idempotencyKey === key || given.leaseId === leaseId).length;
      });
      expect(ends).toEqual(acquired.map(() => 1));
      expect(mesh.coordinator.renewed.at(-1)).toEqual([]);
    });
    expect((await chat(mesh)).error).toBeUndefined();
  });

  it('in the middle of the text, stops the engine', async () => {
    const mesh = await startMesh();
    const engineStopped = oneWordThenSilence(mesh);
    const stream = mesh.client.ChatStream(question);
    await stream.next();
    await stream.return?.();
    await engineStopped;
    await expectReleases(mesh, ['lease-1:cancelled']);
    expect(mesh.finished).toMatchObject([
      { outcome: 'CANCELLED', completionTokens: 3, ttftMs: expect.any(Number) },
    ]);
  });

  it('while it does not read, stops the engine', async () => {
    const mesh = await startMesh();
    const stopped = gate();
    const piece = 'x'.repeat(16_384);
    let made = 0;
    mesh.engine.generate = async function* (_request, ctx) {
      try {
        for (;;) {
          made += 1;
          yield delta(piece);
        }
      } finally {
        expect(ctx.signal.aborted).toBe(true);
        stopped.open();
      }
    };
    const stream = mesh.client.ChatStream(question);
    await stream.next();
    await settledAt(() => made);
    stream.cancel();
    await stopped.opened;
    await expectReleases(mesh, ['lease-1:cancelled']);
    expect(outcomes(mesh)).toEqual(['CANCELLED']);
  });

  it('of a reply in one piece, stops the engine', async () => {
    const mesh = await startMesh();
    const engineStopped = oneWordThenSilence(mesh);
    const leaving = new AbortController();
    const reply = mesh.client.Chat(question, { signal: leaving.signal });
    await eventually(() => expect(mesh.engine.generated).toHaveLength(1));
    leaving.abort();
    await expect(reply).rejects.toMatchObject({ code: 'CANCELLED' });
    await engineStopped;
    await expectReleases(mesh, ['lease-1:cancelled']);
  });
});

describe('a deadline', () => {
  it('that passes in the queue ends the wait', async () => {
    const mesh = await startMesh({ defaultDeadlineMs: 150 });
    mesh.coordinator.acquire = async (_request, ctx) => {
      await aborted(ctx.signal);
      throw RpcError.from(ctx.signal.reason);
    };
    const { error } = await chat(mesh);
    expect(error?.code).toBe('DEADLINE_EXCEEDED');
    await expectReleases(mesh, ['key:raced']);
    expect(outcomes(mesh)).toEqual(['DEADLINE_EXCEEDED']);
  });

  it('is given to callers who set none, reaches the engine, and says how far the text came', async () => {
    const mesh = await startMesh({ defaultDeadlineMs: 1_000 });
    const engineStopped = oneWordThenSilence(mesh);
    const { error, text, trailers } = await chat(mesh);
    expect(text).toBe('The');
    expect(error?.code).toBe('DEADLINE_EXCEEDED');
    expect(trailers['x-tokens-sent']).toBe('3');
    await engineStopped;
    await expectReleases(mesh, ['lease-1:cancelled']);
    expect(outcomes(mesh)).toEqual(['DEADLINE_EXCEEDED']);
  });

  it('of callers who wait long is cut to the longest', async () => {
    const mesh = await startMesh({ maxDeadlineMs: 1_000 });
    const engineStopped = oneWordThenSilence(mesh);
    const { error } = await chat(mesh, question, { timeoutMs: 60_000 });
    expect(error?.code).toBe('DEADLINE_EXCEEDED');
    await engineStopped;
    await expectReleases(mesh, ['lease-1:cancelled']);
  });
});

describe('an engine', () => {
  it('that dies in the middle of the text ends the stream, and says how far it came', async () => {
    const mesh = await startMesh({ models: ['tiny', 'tiny'] });
    void oneWordThenSilence(mesh);
    const { begun, outcome } = beginChat(mesh);
    await begun;
    await mesh.engine.kill();
    const { error, trailers, text } = await outcome;
    expect(text).toBe('The');
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message:
        'The engine was lost after 3 tokens. The text is incomplete; send the request again in a moment.',
      retryAfterMs: expect.any(Number),
    });
    expect(trailers['x-tokens-sent']).toBe('3');
    expect(mesh.coordinator.acquired).toHaveLength(1);
    await expectReleases(mesh, ['lease-1:failed']);
  });

  it('that is gone before the first token is replaced by another', async () => {
    const mesh = await startMesh({ models: ['tiny', 'tiny'] });
    await mesh.engine.kill();
    const { text, error } = await chat(mesh);
    expect(error).toBeUndefined();
    expect(text).toBe('The owl sleeps');
    expect(mesh.coordinator.acquired.map(({ avoidEngineIds }) => avoidEngineIds)).toEqual([[], ['engine-1']]);
    expect(new Set(mesh.coordinator.acquired.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
    await expectReleases(mesh, ['lease-1:failed', 'lease-2:done']);
    expect(mesh.finished).toMatchObject([{ outcome: 'OK', attempts: 2 }]);
  });

  it('that is gone, and was the only one, is told as such', async () => {
    const mesh = await startMesh();
    await mesh.engine.kill();
    const { error, trailers } = await chat(mesh);
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message:
        'The engine was lost before the first token. Nothing was generated; send the request again in a moment.',
      retryAfterMs: expect.any(Number),
    });
    expect(trailers['x-tokens-sent']).toBeUndefined();
    await expectReleases(mesh, ['lease-1:failed']);
  });

  it('that is gone, with no lease to be had on another, is told as such', async () => {
    const mesh = await startMesh({ models: ['tiny', 'tiny'] });
    await mesh.engine.kill();
    mesh.coordinator.acquire = async (request) => {
      if (request.avoidEngineIds.length > 0) throw new RpcError('NOT_FOUND', 'no device has it');
      return mesh.coordinator.grant(request);
    };
    const { error } = await chat(mesh);
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^The engine was lost/),
    });
    await expectReleases(mesh, ['lease-1:failed']);
  });

  it('whose lease is revoked is not called lost', async () => {
    const mesh = await startMesh();
    mesh.engine.generate = async function* () {
      yield accepted;
      yield delta('The', 1);
      throw new RpcError('UNAVAILABLE', 'inner words', { trailers: { 'x-lease-revoked': 'lease-1' } });
    };
    const { error, trailers } = await chat(mesh);
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message:
        'The lease on the device was lost after 1 token. The text is incomplete; send the request again in a moment.',
    });
    expect(trailers['x-lease-revoked']).toBeUndefined();
    await expectReleases(mesh, ['lease-1:failed']);
  });

  it('whose lease is lost before the first token is replaced by another', async () => {
    const mesh = await startMesh({ models: ['tiny', 'tiny'] });
    mesh.engine.generate = async function* (request, ctx) {
      yield accepted;
      if (request.leaseId !== 'lease-1') yield* threeWords();
      else await aborted(ctx.signal);
    };
    const reply = chat(mesh);
    await eventually(() => expect(mesh.engine.generated).toHaveLength(1));
    mesh.coordinator.lost.add('lease-1');
    expect(await reply).toMatchObject({ text: 'The owl sleeps', error: undefined });
    expect(mesh.coordinator.acquired.map(({ avoidEngineIds }) => avoidEngineIds)).toEqual([[], ['engine-1']]);
    await expectReleases(mesh, ['lease-1:failed', 'lease-2:done']);
  });

  it('whose lease is lost is told so, and ends the stream by its own word', async () => {
    const mesh = await startMesh();
    const told = gate();
    mesh.engine.endLease = () => told.open();
    let cancelled: boolean | undefined;
    mesh.engine.generate = async function* (_request, ctx) {
      yield accepted;
      yield delta('The', 1);
      await Promise.race([told.opened, aborted(ctx.signal)]);
      cancelled = ctx.signal.aborted;
      throw new RpcError('UNAVAILABLE', 'inner words', { trailers: { 'x-lease-revoked': 'lease-1' } });
    };
    const { begun, outcome } = beginChat(mesh);
    await begun;
    mesh.coordinator.lost.add('lease-1');
    expect((await outcome).error).toMatchObject({
      code: 'UNAVAILABLE',
      message:
        'The lease on the device was lost after 1 token. The text is incomplete; send the request again in a moment.',
    });
    expect(cancelled).toBe(false);
    expect(mesh.engine.endedLeases).toEqual(['lease-1']);
    await expectReleases(mesh, ['lease-1:failed']);
  });

  it.each<[string, (mesh: Mesh) => void]>([
    ['says nothing to that', () => undefined],
    [
      'cannot be told',
      (mesh) => {
        mesh.engine.endLease = () => {
          throw new RpcError('UNIMPLEMENTED', 'an engine of yesterday');
        };
      },
    ],
  ])('whose lease is lost and that %s is cancelled', async (_name, script) => {
    const mesh = await startMesh();
    script(mesh);
    const engineStopped = oneWordThenSilence(mesh, 1);
    const { begun, outcome } = beginChat(mesh);
    await begun;
    mesh.coordinator.lost.add('lease-1');
    expect((await outcome).error?.message).toMatch(/^The lease on the device was lost after 1 token\./);
    await engineStopped;
    expect(mesh.engine.endedLeases).toEqual(['lease-1']);
    await expectReleases(mesh, ['lease-1:failed']);
  });

  it('that refuses the lease gets another, once', async () => {
    const mesh = await startMesh();
    mesh.engine.generate = (request) => {
      if (request.leaseId === 'lease-1') throw new RpcError('FAILED_PRECONDITION', 'lease revoked');
      return threeWords();
    };
    expect((await chat(mesh)).text).toBe('The owl sleeps');
    expect(mesh.coordinator.acquired.map(({ replacesLeaseIds }) => replacesLeaseIds)).toEqual([
      [],
      ['lease-1'],
    ]);
    await expectReleases(mesh, ['lease-1:refused', 'lease-2:done']);
  });

  it('that refuses the second lease as well ends the request', async () => {
    const mesh = await startMesh();
    mesh.engine.generate = () => {
      throw new RpcError('FAILED_PRECONDITION', 'lease revoked');
    };
    expect((await chat(mesh)).error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('refused the lease'),
    });
    await expectReleases(mesh, ['lease-1:refused', 'lease-2:refused']);
  });

  it('that is full is asked again after its hint, on the same lease', async () => {
    const mesh = await startMesh();
    mesh.engine.generate = () => {
      if (mesh.engine.generated.length === 1)
        throw new RpcError('RESOURCE_EXHAUSTED', 'queue full', { retryAfterMs: 40 });
      return threeWords();
    };
    const beganMs = performance.now();
    expect((await chat(mesh)).text).toBe('The owl sleeps');
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(39);
    expect(mesh.engine.generated.map(({ leaseId }) => leaseId)).toEqual(['lease-1', 'lease-1']);
    await expectReleases(mesh, ['lease-1:done']);
  });

  it('that stays full is told as such, with its hint', async () => {
    const mesh = await startMesh();
    mesh.engine.generate = () => {
      throw new RpcError('RESOURCE_EXHAUSTED', 'queue full', { retryAfterMs: 20 });
    };
    expect((await chat(mesh)).error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryAfterMs: 20 });
    expect(mesh.engine.generated).toHaveLength(2);
    await expectReleases(mesh, ['lease-1:refused']);
  });

  it('that finds the request wrong is heard, in the words of the caller', async () => {
    const mesh = await startMesh();
    mesh.engine.generate = () => {
      const violations = [{ field: 'stopping.max_tokens', description: 'is 510; at most 500 fit' }];
      throw new RpcError('INVALID_ARGUMENT', 'inner words', { violations });
    };
    expect((await chat(mesh)).error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'The request cannot be accepted: max_tokens is 510; at most 500 fit.',
      violations: [{ field: 'max_tokens', description: 'is 510; at most 500 fit' }],
    });
    await expectReleases(mesh, ['lease-1:refused']);
  });

  it.each<[string, () => AsyncIterable<GenerateResponseInit>]>([
    [
      'breaks down',
      () => {
        throw new Error('secret of the engine');
      },
    ],
    [
      'ends without an end',
      async function* () {
        yield accepted;
      },
    ],
  ])('that %s is told without its words', async (_name, generate) => {
    const mesh = await startMesh();
    mesh.engine.generate = generate;
    const { error } = await chat(mesh);
    expect(error).toMatchObject({ code: 'INTERNAL', message: 'The engine failed before the first token.' });
    await expectReleases(mesh, ['lease-1:failed']);
  });
});
