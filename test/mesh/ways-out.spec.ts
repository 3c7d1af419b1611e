import {
  asking,
  caller,
  failure,
  meshUnderTest,
  type Caller,
  type MeshUnderTest,
} from './mesh-under-test.ts';
import { only } from './stored-trace.ts';

let under: MeshUnderTest;
const long = asking('Tell me a short story about a bear.', { maxTokens: 200 });

beforeAll(async () => {
  // Each decode begins late, so that a request is surely running when it ends early.
  under = await meshUnderTest({ env: { RYZ_INJECT_DELAY: 'decode:400', RYZ_SLOTS: '2' } });
}, 60_000);

afterAll(() => under.stop());

const acquired = [
  '  ryzanstein.gpu.v1.GpuCoordinator/Acquire CLIENT ryzanstein-api',
  '    ryzanstein.gpu.v1.GpuCoordinator/Acquire SERVER ryzanstein-gpu',
];
const released = [
  '  ryzanstein.gpu.v1.GpuCoordinator/Release CLIENT ryzanstein-api',
  '    ryzanstein.gpu.v1.GpuCoordinator/Release SERVER ryzanstein-gpu',
];
const phases = ['queue', 'prefill', 'decode'].map(
  (phase) => `        ${phase} INTERNAL ryzanstein-inference`,
);

const from = (): { at: Caller; metadata: { traceparent: string } } => {
  const at = caller();
  return { at, metadata: { traceparent: at.traceparent } };
};

describe('a request that ends early', () => {
  it('by cancellation: no error, the running phase marked, the lease given back', async () => {
    const { at, metadata } = from();
    const stream = under.client.ChatStream(long, { metadata });
    for await (const _ of stream) break;
    const spans = await under.trace(
      at,
      [
        'ryzanstein.api.v1.LlmService/ChatStream SERVER ryzanstein-api',
        ...acquired,
        '  ryzanstein.engine.v1.InferenceEngine/Generate CLIENT ryzanstein-api !',
        '    ryzanstein.engine.v1.InferenceEngine/Generate SERVER ryzanstein-inference',
        '      chat ryzanstein-tiny INTERNAL ryzanstein-inference',
        ...phases,
        ...released,
      ].join('\n'),
    );
    expect(
      only(spans, 'ryzanstein.api.v1.LlmService/ChatStream').attributes['rpc.response.status_code'],
    ).toBe('CANCELLED');
    expect(only(spans, 'chat ryzanstein-tiny').attributes['gen_ai.response.finish_reasons']).toEqual([
      'error',
    ]);
    expect(only(spans, 'decode').attributes['ryzanstein.phase.truncated']).toBe(true);
  });

  it('by its deadline: errors all along', async () => {
    const { at, metadata } = from();
    const error = await failure(under.chat(long, { metadata, timeoutMs: 250 }));
    expect(error.code).toBe('DEADLINE_EXCEEDED');
    const spans = await under.trace(
      at,
      [
        'ryzanstein.api.v1.LlmService/ChatStream SERVER ryzanstein-api !',
        ...acquired,
        '  ryzanstein.engine.v1.InferenceEngine/Generate CLIENT ryzanstein-api !',
        '    ryzanstein.engine.v1.InferenceEngine/Generate SERVER ryzanstein-inference !',
        '      chat ryzanstein-tiny INTERNAL ryzanstein-inference !',
        ...phases.map((line) => (line.includes('decode') ? `${line} !` : line)),
        ...released,
      ].join('\n'),
    );
    expect(only(spans, 'chat ryzanstein-tiny').attributes['error.type']).toBe('DEADLINE_EXCEEDED');
  });

  it('by a prompt that is too long: refused by the engine, without a chat span', async () => {
    const { at, metadata } = from();
    const error = await failure(under.client.Chat(asking('word '.repeat(3_000)), { metadata }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(/context/);
    await under.trace(
      at,
      [
        'ryzanstein.api.v1.LlmService/Chat SERVER ryzanstein-api',
        ...acquired,
        '  ryzanstein.engine.v1.InferenceEngine/Generate CLIENT ryzanstein-api !',
        '    ryzanstein.engine.v1.InferenceEngine/Generate SERVER ryzanstein-inference',
        ...released,
      ].join('\n'),
    );
  });

  it('by cancellation while it waits for a device: it leaves the queue, and those before it are served', async () => {
    // Two slots and two leases for the hand-over: four run or stand ready, the fifth waits.
    const running = Array.from({ length: 4 }, () => under.chat(long));
    const { at, metadata } = from();
    const giveUp = new AbortController();
    const waiting = failure(under.chat(long, { metadata, signal: giveUp.signal }));
    setTimeout(() => giveUp.abort(), 150);
    expect((await waiting).code).toBe('CANCELLED');
    await Promise.all(running);
    await under.trace(
      at,
      [
        'ryzanstein.api.v1.LlmService/ChatStream SERVER ryzanstein-api',
        '  ryzanstein.gpu.v1.GpuCoordinator/Acquire CLIENT ryzanstein-api !',
        '    ryzanstein.gpu.v1.GpuCoordinator/Acquire SERVER ryzanstein-gpu',
        '      gpu.lease.wait INTERNAL ryzanstein-gpu',
        ...released,
      ].join('\n'),
    );
  });
});
