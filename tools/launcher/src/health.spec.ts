import { llmService } from '@ryzanstein/contracts';
import { createRpcServer } from '@ryzanstein/rpc';
import { silentLogger } from '@ryzanstein/runtime';
import { waitUntilServing } from './health.ts';

const name = 'ryzanstein.api.v1.LlmService';
const never = new AbortController().signal;

// Health alone is asked here; a call would be a mistake.
const refuse = () => {
  throw new Error('not called');
};
const handlers = {
  Chat: refuse,
  ChatStream: refuse,
  Complete: refuse,
  CompleteStream: refuse,
  Embed: refuse,
  ListModels: refuse,
  CountTokens: refuse,
};

describe('waiting for a service', () => {
  it('lasts until it is SERVING', async () => {
    const server = createRpcServer({ logger: silentLogger });
    server.add(llmService, handlers);
    const address = await server.listen('127.0.0.1:0');
    let served = false;
    const waiting = waitUntilServing(address, name, { timeoutMs: 10_000, signal: never }).then(() => served);
    await expect(waitUntilServing(address, name, { timeoutMs: 0, signal: never })).rejects.toThrow(
      `${name} at ${address} did not become healthy within 0 s.`,
    );
    served = true;
    server.setServing(name, true);
    expect(await waiting).toBe(true);
    await server.close();
  });

  it('ends when it is given up', async () => {
    const given = new AbortController();
    const waiting = waitUntilServing('127.0.0.1:1', name, { timeoutMs: 10_000, signal: given.signal });
    given.abort();
    await expect(waiting).rejects.toThrow('abort');
  });
});
