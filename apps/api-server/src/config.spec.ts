import { ConfigError, readConfig } from '@ryzanstein/runtime';
import { configTable } from './config.ts';

describe('configTable', () => {
  it('needs nothing to be set', () => {
    expect(readConfig(configTable, {})).toEqual({
      grpcAddress: '127.0.0.1:50051',
      httpAddress: '127.0.0.1:8080',
      webChat: false,
      traceUrl: 'http://localhost:16686',
      traceLinkUrl: undefined,
      coordinatorAddress: '127.0.0.1:50052',
      maxConcurrent: 256,
      defaultDeadlineMs: 60_000,
      maxDeadlineMs: 120_000,
      keepaliveMs: 10_000,
      drainMs: 10_000,
      logLevel: 'info',
    });
  });

  it('names all that is wrong', () => {
    const env = {
      RYZ_GRPC_ADDRESS: 'here',
      RYZ_MAX_CONCURRENT: '0',
      RYZ_MAX_DEADLINE_MS: '-1',
      RYZ_LOG_LEVEL: 'loud',
    };
    let problems: readonly string[] = [];
    try {
      readConfig(configTable, env);
    } catch (reason) {
      if (reason instanceof ConfigError) ({ problems } = reason);
    }
    expect(problems).toHaveLength(4);
  });
});
