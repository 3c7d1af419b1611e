import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { llmService } from '@ryzanstein/contracts';
import type { ChatRequestInit } from '@ryzanstein/contracts/api';
import { asking, caller, failure, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';
import { storedSpans, until } from './stored-trace.ts';

let under: MeshUnderTest;

beforeAll(async () => {
  under = await meshUnderTest({ env: { RYZ_MAX_CONCURRENT: '4' } });
}, 60_000);

afterAll(() => under.stop());

// Whatever was sent before, the mesh still answers.
afterEach(async () => {
  const { message } = await under.client.Chat(asking('Hello!'));
  expect(message?.content).not.toBe('');
});

const refused: readonly [string, ChatRequestInit, string, RegExp][] = [
  ['no messages', { model: 'ryzanstein-tiny', messages: [] }, 'INVALID_ARGUMENT', /messages/],
  ['an unknown model', { ...asking('Hi'), model: 'gpt-9' }, 'NOT_FOUND', /gpt-9.*ryzanstein-tiny/],
  [
    'an unknown role',
    { messages: [{ role: 'wizard', content: 'Hi' }] },
    'INVALID_ARGUMENT',
    /wizard.*system.*user.*assistant/,
  ],
  ['a negative max_tokens', asking('Hi', { maxTokens: -1 }), 'INVALID_ARGUMENT', /max_tokens/],
  ['a zero max_tokens', asking('Hi', { maxTokens: 0 }), 'INVALID_ARGUMENT', /max_tokens/],
  ['a huge max_tokens', asking('Hi', { maxTokens: 2_000_000_000 }), 'INVALID_ARGUMENT', /max_tokens/],
  ['a hot temperature', asking('Hi', { temperature: 9 }), 'INVALID_ARGUMENT', /temperature/],
  ['a temperature that is no number', asking('Hi', { temperature: NaN }), 'INVALID_ARGUMENT', /temperature/],
  ['a prompt over the context', asking('word '.repeat(2_000)), 'INVALID_ARGUMENT', /context/],
];

describe('a request with', () => {
  it.each(refused)('%s is refused by name', async (_, request, code, sentence) => {
    const error = await failure(under.client.Chat(request));
    expect({ code: error.code, text: error.message }).toEqual({
      code,
      text: expect.stringMatching(sentence),
    });
    expect(error.message).not.toMatch(/\n\s+at /);
    const streamed = await failure(under.chat(request));
    expect(streamed.code).toBe(code);
  });

  it('several faults is told all of them, field by field', async () => {
    const error = await failure(under.client.Chat({ messages: [], temperature: 9, topP: 0 }));
    expect(error.violations.map(({ field }) => field).sort()).toEqual(['messages', 'temperature', 'top_p']);
  });

  it('a message of 5 MB is refused by size, without a hint to retry', async () => {
    const error = await failure(under.client.Chat(asking('x'.repeat(5 * 1_024 * 1_024))));
    expect(error.code).toBe('RESOURCE_EXHAUSTED');
    expect(error.message).toMatch(/4 MiB|4194304|4,194,304|4 194 304/);
    expect(error.retryAfterMs).toBeUndefined();
  });
});

describe('bytes and headers from hostile callers', () => {
  /** A unary Chat with bytes and metadata of one's own making. */
  async function raw(bytes: Buffer, metadata = new Metadata()) {
    const client = new Client(under.mesh.addresses.api.grpc, credentials.createInsecure());
    const headers: Metadata[] = [];
    try {
      return await new Promise<{
        error: ServiceError | null;
        text: string | undefined;
        headers: Metadata[];
        trailers?: Metadata;
      }>((resolve) => {
        const { path, responseDeserialize } = llmService.Chat;
        const call = client.makeUnaryRequest(
          path,
          asIs,
          responseDeserialize,
          bytes,
          metadata,
          (error, response) =>
            resolve({
              error,
              text: response?.message?.content,
              headers,
              ...(error === null ? {} : { trailers: error.metadata }),
            }),
        );
        call.on('metadata', (received) => headers.push(received));
      });
    } finally {
      client.close();
    }
  }
  const asIs = (bytes: Buffer): Buffer => bytes;
  const chat = (content: string): Buffer => llmService.Chat.requestSerialize(asking(content));

  it('text that is not UTF-8 is read as U+FFFD', async () => {
    const bytes = chat('Hello QQ');
    const at = bytes.indexOf('QQ');
    bytes[at] = 0xff;
    bytes[at + 1] = 0xfe;
    const { error, text } = await raw(bytes);
    expect(error).toBeNull();
    expect(text).toMatch(/\w/);
  });

  it('bytes that are no message end that call alone', async () => {
    const { error } = await raw(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    expect(error?.code).toBe(status.INVALID_ARGUMENT);
  });

  it.each([
    '00-ABCDEF0123456789ABCDEF0123456789-00f067aa0ba902b7-01',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra',
    'nonsense',
  ])('the traceparent %s begins a new trace', async (traceparent) => {
    const metadata = new Metadata();
    metadata.set('traceparent', traceparent);
    const { error, headers } = await raw(chat('Hi'), metadata);
    expect(error).toBeNull();
    const traceId = String(headers[0]?.get('traceresponse')[0]).slice(3, 35);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(traceparent).not.toContain(traceId);
    const ui = under.mesh.addresses.tracebox?.ui ?? '';
    const spans = await until(
      () => storedSpans(ui, traceId),
      (all) => all.length === 12 || all.length === 11,
      4_000,
    );
    expect(spans.filter(({ parentSpanId }) => parentSpanId === '')).toHaveLength(1);
  });

  it('a request id of 10 KB is replaced, on success and on error', async () => {
    const metadata = new Metadata();
    metadata.set('x-request-id', 'r'.repeat(10_240));
    const answered = await raw(chat('Hi'), metadata);
    expect(answered.headers[0]?.get('x-request-id')).toEqual([expect.stringMatching(/^[\x21-\x7e]{1,128}$/)]);
    const failed = await raw(llmService.Chat.requestSerialize({ messages: [] }), metadata);
    expect(failed.trailers?.get('x-request-id')).toEqual([expect.stringMatching(/^[\x21-\x7e]{1,128}$/)]);
  });

  it('a good request id comes back in the trailers of an error', async () => {
    const metadata = new Metadata();
    metadata.set('x-request-id', 'mine-42');
    const { trailers } = await raw(llmService.Chat.requestSerialize({ messages: [] }), metadata);
    expect(trailers?.get('x-request-id')).toEqual(['mine-42']);
  });
});

describe('more requests at once than allowed', () => {
  it('are refused with a hint when to come back', async () => {
    const all = await Promise.allSettled(
      Array.from({ length: 12 }, () =>
        under.client.Chat(asking('Tell me a short story about a cat.'), {
          metadata: { traceparent: caller().traceparent },
        }),
      ),
    );
    const errors = all
      .filter((one) => one.status === 'rejected')
      .map(({ reason }) => reason as Awaited<ReturnType<typeof failure>>);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(8);
    for (const error of errors) {
      expect(error.code).toBe('RESOURCE_EXHAUSTED');
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
  });
});

describe('what takes no lease', () => {
  it('answers: lists and counts', async () => {
    const { models } = await under.client.ListModels({});
    expect(models).toEqual([{ id: 'ryzanstein-tiny', contextLength: expect.any(Number), slots: 8 }]);
    const counted = await under.client.CountTokens({
      model: 'ryzanstein-tiny',
      chat: { messages: [{ role: 'user', content: 'Hello!' }] },
    });
    const { usage } = await under.client.Chat(asking('Hello!'));
    expect(counted.tokens).toBe(usage?.promptTokens);
  });
});
