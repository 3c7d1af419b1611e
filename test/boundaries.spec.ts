import { ESLint, type Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { boundaries } from '../boundaries.mjs';

const eslint = new ESLint({
  overrideConfigFile: true,
  baseConfig: [
    { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } },
    ...(boundaries() as Linter.Config[]),
  ],
});

async function refused(filePath: string, from: string): Promise<boolean> {
  const [result] = await eslint.lintText(`import { x } from '${from}';\n`, { filePath });
  expect(result?.fatalErrorCount).toBe(0);
  return result?.messages.some(({ ruleId }) => ruleId === 'no-restricted-imports') ?? false;
}

describe('import boundaries', () => {
  it.each([
    ['apps/api-server/src/domain/x.ts', '@ryzanstein/rpc'],
    ['apps/api-server/src/domain/x.ts', 'node:fs'],
    ['apps/api-server/src/domain/x.ts', '../ports.ts'],
    ['apps/gpu-coordinator/src/domain/queue/x.ts', '@grpc/grpc-js'],
    ['apps/gpu-coordinator/src/domain/queue/x.ts', '../../ports.ts'],
    ['apps/api-server/src/clients.ts', '@ryzanstein/gpu-coordinator'],
    ['apps/api-server/src/clients.ts', '../../gpu-coordinator/src/server.ts'],
    ['apps/api-server/src/clients.ts', '@ryzanstein/rpc/src/server.ts'],
    ['apps/api-server/src/clients.ts', '@ryzanstein/testing'],
    ['apps/api-server/src/telemetry.ts', '@opentelemetry/sdk-trace'],
    ['libs/rpc/src/x.ts', '@ryzanstein/tracing'],
    ['libs/rpc/src/x.ts', '@opentelemetry/api'],
    ['libs/tracing/src/x.ts', '@ryzanstein/runtime'],
    ['libs/runtime/src/x.ts', '@grpc/grpc-js'],
    ['libs/testing/src/x.ts', '@opentelemetry/exporter-trace-otlp-grpc'],
    ['libs/trace-analysis/src/x.ts', '@ryzanstein/tracing'],
    ['libs/trace-analysis/src/x.ts', 'node:fs'],
    ['libs/trace-analysis/src/x.ts', '@opentelemetry/api'],
    ['libs/tracing/src/x.ts', '@ryzanstein/trace-analysis'],
    ['apps/api-server/src/clients.ts', '@ryzanstein/trace-analysis'],
    ['apps/api-server/src/clients.ts', '@ryzanstein/trace-view'],
    ['apps/api-server/src/web-chat/page/x.ts', '@ryzanstein/rpc'],
    ['apps/api-server/src/web-chat/page/x.ts', 'node:fs'],
    ['libs/trace-view/src/x.ts', '@ryzanstein/trace-analysis'],
    ['libs/trace-view/src/components/x.ts', 'node:fs'],
    ['tools/cli/src/x.ts', '@ryzanstein/api-server'],
    ['libs/rpc/src/x.spec.ts', '@ryzanstein/api-server'],
  ])('%s may not import %s', async (file, from) => {
    expect(await refused(file, from)).toBe(true);
  });

  it.each([
    ['apps/api-server/src/domain/x.ts', './limits.ts'],
    ['apps/gpu-coordinator/src/domain/queue/x.ts', '../lease.ts'],
    ['apps/api-server/src/clients.ts', '@ryzanstein/rpc'],
    ['apps/api-server/src/clients.ts', '@ryzanstein/contracts/gpu'],
    ['apps/api-server/src/domain/x.spec.ts', '@ryzanstein/testing'],
    ['libs/tracing/src/x.ts', '@opentelemetry/sdk-trace'],
    ['libs/testing/src/x.ts', '@ryzanstein/tracing/testing'],
    ['libs/testing/src/x.ts', '@ryzanstein/trace-analysis'],
    ['apps/api-server/src/web-chat/page/x.ts', '@ryzanstein/trace-view/components'],
    ['apps/api-server/src/web-chat/page/x.ts', '@ryzanstein/trace-analysis'],
    ['tools/tracebox/src/x.ts', '@ryzanstein/trace-view'],
    ['tools/cli/src/x.ts', '@ryzanstein/trace-analysis'],
    ['tools/cli/src/x.spec.ts', '@ryzanstein/trace-analysis/testing'],
    ['tools/bench/src/x.ts', '@ryzanstein/trace-analysis'],
    ['tools/bench/src/x.ts', '@ryzanstein/inference-engine'],
    ['libs/rpc/src/x.spec.ts', '@ryzanstein/contracts'],
  ])('%s may import %s', async (file, from) => {
    expect(await refused(file, from)).toBe(false);
  });
});
