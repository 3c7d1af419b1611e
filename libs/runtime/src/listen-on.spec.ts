import { ConfigError } from './config.ts';
import { listenOn } from './listen-on.ts';

const variable = { name: 'RYZ_GRPC_ADDRESS' };

describe(listenOn, () => {
  it('gives what listening gives', async () => {
    expect(await listenOn(variable, '127.0.0.1:0', async () => '127.0.0.1:4242')).toBe('127.0.0.1:4242');
  });

  it.each([
    [
      'listen EADDRINUSE: address already in use 127.0.0.1:1',
      '127.0.0.1:1 is taken; stop what listens there, or set RYZ_GRPC_ADDRESS to another address',
    ],
    ['no such host', 'cannot listen on 127.0.0.1:1 (no such host); RYZ_GRPC_ADDRESS sets the address'],
  ])('after "%s" names the variable', async (reason, sentence) => {
    const listening = listenOn(variable, '127.0.0.1:1', () => Promise.reject(new Error(reason)));
    await expect(listening).rejects.toEqual(new ConfigError([sentence]));
  });
});
