import { acquire, generation, release, tree } from '../declared-tree.ts';
import { asking, meshUnderTest, type MeshUnderTest } from '../mesh-under-test.ts';
import { begin, type OnItsWay } from '../on-its-way.ts';

const engine = 'inference-engine';
const drainMs = 4_000;
const request = asking('Tell me a short story about a bear.', { maxTokens: 40, temperature: 0 });
let under: MeshUnderTest | undefined;

afterEach(() => under?.stop());

/** Streams of a mesh whose decodes begin so late, each past its first token, while its engine is told to stop. */
async function drained(decodeDelayMs: number): Promise<{ mesh: MeshUnderTest; streams: OnItsWay[] }> {
  const mesh = await meshUnderTest({
    env: { RYZ_INJECT_DELAY: `decode:${decodeDelayMs}`, RYZ_SLOTS: '4' },
    envOf: { [engine]: { RYZ_DRAIN_MS: String(drainMs) } },
  });
  under = mesh;
  const streams = Array.from({ length: 4 }, () => begin(mesh.client, request));
  await Promise.all(streams.map(({ first }) => first));
  const gone = mesh.mesh.kill(engine, 'SIGTERM');
  await Promise.all(streams.map(({ ended }) => ended));
  await gone;
  return { mesh, streams };
}

describe('an engine that is told to stop during streams', () => {
  it('lets those end that end within its patience', async () => {
    const { mesh, streams } = await drained(1_500);
    for (const { ended, from } of streams) {
      expect((await ended).code).toBe('OK');
      await mesh.trace(from, tree('', acquire('', ''), generation('', '', { until: 'decode' }), release()));
    }
  }, 60_000);

  it('ends the others with UNAVAILABLE, and tells their traces so', async () => {
    const { mesh, streams } = await drained(30_000);
    for (const { ended, from } of streams) {
      const { code, message } = await ended;
      expect({ code, message }).toEqual({
        code: 'UNAVAILABLE',
        message:
          'The engine was lost after 1 token. The text is incomplete; send the request again in a moment.',
      });
      const spans = await mesh.trace(
        from,
        tree('!', acquire('', ''), generation('!', '!', { until: 'decode', mark: '!' }), release()),
      );
      const cut = spans.filter(({ name }) => name === 'decode');
      expect(cut.map(({ attributes }) => attributes)).toMatchObject([
        { 'error.type': 'UNAVAILABLE', 'ryzanstein.phase.truncated': true },
      ]);
    }
  }, 60_000);
});
