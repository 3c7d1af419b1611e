import { ConfigError, readConfig } from '@ryzanstein/runtime';
import { configProblems, configTable } from './config.ts';

describe('configTable', () => {
  it('needs nothing to be set', () => {
    expect(readConfig(configTable, {})).toEqual({
      grpcAddress: '127.0.0.1:50051',
      httpAddress: '127.0.0.1:8080',
      webChat: false,
      traceUrl: 'http://localhost:16686',
      traceLinkUrl: undefined,
      coordinatorAddress: '127.0.0.1:50052',
      apiKeysFile: undefined,
      allowAnonymous: false,
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

describe('configProblems', () => {
  const loopback = { grpcAddress: '127.0.0.1:50051', httpAddress: '[::1]:8080' };
  const open = { grpcAddress: '0.0.0.0:50051', httpAddress: '[::]:8080' };

  it('has nothing to say where only this machine calls, keys are asked for, or anyone is meant', () => {
    expect(configProblems(loopback)).toEqual([]);
    expect(configProblems({ ...open, apiKeysFile: 'api-keys' })).toEqual([]);
    expect(configProblems({ ...open, allowAnonymous: true })).toEqual([]);
  });

  it('names each address that opens the mesh to others, and what mends it', () => {
    expect(configProblems({ ...open, allowAnonymous: false })).toEqual([
      'RYZ_GRPC_ADDRESS=0.0.0.0:50051 lets other machines call, and no API key is asked for; set RYZ_API_KEYS_FILE (`ryz keys new` makes keys), listen on 127.0.0.1, or set RYZ_ALLOW_ANONYMOUS=1 where the network keeps others away',
      expect.stringMatching(/^RYZ_HTTP_ADDRESS=\[::\]:8080 lets other machines call/),
    ]);
    expect(configProblems({ ...loopback, httpAddress: 'gateway:8080' })).toHaveLength(1);
  });
});
