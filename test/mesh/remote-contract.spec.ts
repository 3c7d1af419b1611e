import { openOpenAiBackend } from '@ryzanstein/inference-engine';
import { describeBackend, describeEmbedding } from '@ryzanstein/inference-engine/contract';
import { silentLogger } from '@ryzanstein/runtime';
import { meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';

let behind: MeshUnderTest;

beforeAll(async () => {
  behind = await meshUnderTest({ env: { RYZ_SLOTS: '8', RYZ_CONTEXT_TOKENS: '512' }, tracebox: false });
}, 60_000);

afterAll(() => behind.stop());

const open = () =>
  openOpenAiBackend({
    url: `http://${behind.mesh.addresses.api.http}/v1`,
    slots: 4,
    contextTokens: 512,
    maxQueue: 32,
    maxUnreadTokens: 64,
    logger: silentLogger,
  });

describeBackend('openai, in front of a mesh', open);
describeEmbedding('openai, in front of a mesh', open);
