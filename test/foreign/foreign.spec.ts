import { openOpenAiBackend } from '@ryzanstein/inference-engine';
import { describeBackend } from '@ryzanstein/inference-engine/contract';
import { silentLogger } from '@ryzanstein/runtime';
import { buildTrace, explain, readOtlpTraces, verify } from '@ryzanstein/trace-analysis';
import { acquire, release, tree } from '../mesh/declared-tree.ts';
import { caller, meshUnderTest, type MeshUnderTest } from '../mesh/mesh-under-test.ts';
import { only } from '../mesh/stored-trace.ts';

const url = process.env['RYZ_FOREIGN_URL'] ?? '';
const model = process.env['RYZ_FOREIGN_MODEL'];
const slots = Number(process.env['RYZ_FOREIGN_SLOTS'] ?? 1);
if (url === '')
  throw new Error(
    'RYZ_FOREIGN_URL is not set; give the base of an OpenAI API, such as http://127.0.0.1:8000/v1, and RYZ_FOREIGN_MODEL where it has several models.',
  );

describeBackend(`openai, in front of ${url}`, () =>
  openOpenAiBackend({
    url,
    ...(model === undefined ? {} : { model }),
    slots,
    contextTokens: 512,
    maxQueue: 64,
    maxUnreadTokens: 64,
    logger: silentLogger,
  }),
);

describe('a mesh in front of it', () => {
  let under: MeshUnderTest;
  beforeAll(async () => {
    under = await meshUnderTest({
      envOf: {
        'inference-engine': {
          RYZ_BACKEND: 'openai',
          RYZ_OPENAI_URL: url,
          RYZ_MODEL_NAME: 'foreign',
          RYZ_SLOTS: String(slots),
          ...(model === undefined ? {} : { RYZ_OPENAI_MODEL: model }),
        },
      },
    });
  });
  afterAll(() => under.stop());

  it('has a whole trace, which ends with the call of that server', async () => {
    const from = caller();
    const messages = [{ role: 'user', content: 'What is 7 plus 5?' }];
    const { text, last } = await under.chat(
      { model: 'foreign', messages, maxTokens: 16 },
      { metadata: { traceparent: from.traceparent } },
    );
    expect(text).not.toBe('');
    const generate = 'ryzanstein.engine.v1.InferenceEngine/Generate';
    const generation = [
      `  ${generate} CLIENT ryzanstein-api`,
      `    ${generate} SERVER ryzanstein-inference`,
      '      chat foreign CLIENT ryzanstein-inference',
      '        queue INTERNAL ryzanstein-inference',
    ];
    const spans = await under.trace(from, tree('', acquire('', ''), generation, release()));
    expect(only(spans, 'chat foreign').attributes).toMatchObject({
      'server.port': Number(new URL(url).port || (url.startsWith('https:') ? 443 : 80)),
      'ryzanstein.tokens.output': last.usage?.completionTokens,
    });
    const answer = await fetch(`http://${under.mesh.addresses.tracebox?.ui}/api/v3/traces/${from.traceId}`);
    const trace = buildTrace(readOtlpTraces(await answer.json()));
    if (trace === undefined) throw new Error('there is no trace');
    expect(verify(trace)).toEqual([]);
    expect(
      explain(trace)
        .parts.map(({ words }) => words)
        .join(),
    ).toContain('by the server at');
  });
});
