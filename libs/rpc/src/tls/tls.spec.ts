import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { inferenceEngine } from '@ryzanstein/contracts';
import { testCertificates, type KeyAndCertificate } from '@ryzanstein/testing';
import { createRpcClient } from '../client/client.ts';
import { RpcError } from '../rpc-error.ts';
import { createRpcServer, type RpcServer } from '../server/server.ts';
import { isHandshakeFailure } from './peer-trouble.ts';
import type { TlsMaterial, TlsSource } from './tls-source.ts';

const certificates = await testCertificates();
const others = await testCertificates();
const expired = await certificates.sign({ expired: true });
const elsewhere = await certificates.sign({ hosts: ['engine.example'] });

interface Changing extends TlsSource {
  change(to: TlsMaterial): void;
  readonly listeners: number;
}

function changing(from: TlsMaterial): Changing {
  let current = from;
  const listeners = new Set<() => void>();
  return {
    get current() {
      return current;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    change(to) {
      current = to;
      for (const listener of listeners) listener();
    },
    get listeners() {
      return listeners.size;
    },
  };
}

const trusting = { authorities: certificates.roots };
const shown = (pair: KeyAndCertificate): TlsMaterial => ({ certificate: pair.certificate, key: pair.key });

let warnings: string[];
let opened: { close(): unknown }[];
let heldBack: PromiseWithResolvers<void>;
beforeEach(() => {
  warnings = [];
  opened = [];
  heldBack = Promise.withResolvers();
});
afterEach(async () => {
  heldBack.resolve();
  for (const part of opened.toReversed()) await part.close();
});

async function serve(tls?: TlsSource): Promise<string> {
  const server: RpcServer = createRpcServer({
    logger: {
      debug: () => undefined,
      warn: (_fields, message) => warnings.push(message ?? ''),
      error: () => undefined,
    },
    ...(tls === undefined ? {} : { tls }),
  }).add(inferenceEngine, {
    async EndLease() {
      return {};
    },
    async GetModelInfo() {
      return {};
    },
    async GetLoad() {
      return {};
    },
    async Tokenize() {
      return { tokens: 7 };
    },
    async Embed() {
      return {};
    },
    async *Generate() {
      yield {};
      await heldBack.promise;
      yield {};
    },
  });
  opened.push(server);
  return server.listen('127.0.0.1:0');
}

function clientOf(address: string, tls?: TlsMaterial) {
  const client = createRpcClient(inferenceEngine, address, {
    defaultTimeoutMs: 5_000,
    ...(tls === undefined ? {} : { tls: changing(tls) }),
  });
  opened.push(client);
  return client;
}

async function failureOf(address: string, tls?: TlsMaterial): Promise<RpcError> {
  try {
    await clientOf(address, tls).Tokenize({});
  } catch (error) {
    return error as RpcError;
  }
  throw new Error('it succeeded');
}

async function told(count: number): Promise<void> {
  const until = performance.now() + 5_000;
  while (warnings.length < count && performance.now() < until)
    await new Promise((resolve) => setImmediate(resolve));
}

describe('with certificates that fit', () => {
  it.each(['127.0.0.1', 'localhost'])('a call gets through to %s', async (host) => {
    const address = await serve(changing(shown(certificates.server)));
    const client = clientOf(address.replace('127.0.0.1', host), trusting);
    expect(await client.Tokenize({})).toMatchObject({ tokens: 7 });
    expect(warnings).toEqual([]);
  });

  it('a client is asked for its own, and shows it', async () => {
    const address = await serve(changing({ ...shown(certificates.server), ...trusting }));
    const client = clientOf(address, { ...trusting, ...shown(certificates.client) });
    expect(await client.Tokenize({})).toMatchObject({ tokens: 7 });
    expect(warnings).toEqual([]);
  });
});

describe('both sides say what is wrong and what mends it:', () => {
  it.each<[string, TlsMaterial | undefined, TlsMaterial | undefined, RegExp, RegExp | undefined]>([
    [
      'a client without TLS',
      shown(certificates.server),
      undefined,
      /ends connections without a word of gRPC: if it wants TLS, .*RYZ_TLS_CA_FILE/,
      /127\.0\.0\.1 did not get through: it does not speak TLS; .*RYZ_TLS_CA_FILE/,
    ],
    [
      'a server without TLS',
      undefined,
      trusting,
      /does not speak TLS: reach it without .*or give it a certificate \(RYZ_TLS_CERT_FILE\)/,
      /127\.0\.0\.1 did not get through: it does not speak gRPC, or wants TLS/,
    ],
    [
      'an authority that the client does not know',
      shown(certificates.server),
      { authorities: others.roots },
      /signed by none of the authorities that are trusted here: .*RYZ_TLS_CA_FILE/,
      undefined,
    ],
    [
      "the system's authorities",
      shown(certificates.server),
      {},
      /signed by none of the authorities/,
      undefined,
    ],
    [
      'an expired certificate',
      shown(expired),
      trusting,
      /certificate of .* has expired: renew it/,
      undefined,
    ],
    [
      'a certificate for another name',
      shown(elsewhere),
      trusting,
      /certificate of 127\.0\.0\.1:\d+ is for engine\.example: reach it under one of these names/,
      undefined,
    ],
    [
      'a client without a certificate',
      { ...shown(certificates.server), ...trusting },
      trusting,
      /wants a certificate of its clients: name one and its key \(RYZ_TLS_CERT_FILE, RYZ_TLS_KEY_FILE\)/,
      /127\.0\.0\.1 did not get through: it shows no certificate, and RYZ_TLS_CLIENT_CA_FILE wants one/,
    ],
    [
      "a client's certificate of another authority",
      { ...shown(certificates.server), ...trusting },
      { ...trusting, ...shown(others.client) },
      /refuses the certificate that is shown to it: take one that its authority has signed/,
      /127\.0\.0\.1 did not get through: .*RYZ_TLS_CLIENT_CA_FILE/,
    ],
    [
      "a client's certificate that has expired",
      { ...shown(certificates.server), ...trusting },
      { ...trusting, ...shown(expired) },
      /refuses the certificate that is shown to it: .*has not expired/,
      /127\.0\.0\.1 did not get through: its certificate has expired/,
    ],
  ])('%s', async (_, server, client, sentence, line) => {
    const address = await serve(server && changing(server));
    const error = await failureOf(address, client);
    expect(error).toBeInstanceOf(RpcError);
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toMatch(sentence);
    expect(error.message).toContain(address);
    expect(isHandshakeFailure(error)).toBe(true);
    await told(line === undefined ? 0 : 1);
    if (line !== undefined) expect(warnings[0]).toMatch(line);
    // What it was, it goes on being: other clients are served.
    if (server !== undefined)
      expect(
        await clientOf(address, goodFor(server))
          .Tokenize({})
          .catch(() => 'refused'),
      ).toEqual(
        server.certificate === certificates.server.certificate
          ? expect.objectContaining({ tokens: 7 })
          : 'refused',
      );
  });

  const goodFor = (server: TlsMaterial): TlsMaterial => ({
    ...trusting,
    ...(server.authorities === undefined ? {} : shown(certificates.client)),
  });
});

it('says nothing of TLS where nobody listens any more', async () => {
  const closed: Server = createServer((socket) => socket.destroy());
  closed.listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as { port: number };
  const client = clientOf(`127.0.0.1:${port}`);
  const first = await client.Tokenize({}).catch((error: RpcError) => error);
  expect((first as RpcError).message).toMatch(/without a word of gRPC/);
  closed.close();
  await once(closed, 'close');
  const messages = new Set<string>();
  const until = performance.now() + 5_000;
  while (![...messages].some((message) => message.includes('ECONNREFUSED')) && performance.now() < until)
    messages.add(await client.Tokenize({}).then(String, (error: RpcError) => error.message));
  expect([...messages].at(-1)).toMatch(/ECONNREFUSED/);
});

it('tells of one peer and reason once a minute', async () => {
  const address = await serve(changing(shown(certificates.server)));
  await failureOf(address);
  await failureOf(address);
  await failureOf(address, { authorities: others.roots });
  await told(1);
  expect(warnings.filter((line) => line.includes('does not speak TLS'))).toHaveLength(1);
});

describe('when its certificate is changed, a server', () => {
  it('shows the new one to new connections, while running calls go on', async () => {
    const tls = changing(shown(certificates.server));
    const address = await serve(tls);
    const client = clientOf(address, trusting);
    const stream = client.Generate({})[Symbol.asyncIterator]();
    await stream.next();
    const renewed = await certificates.sign();
    expect(await serialAt(address)).toBe(serialOf(certificates.server));
    tls.change(shown(renewed));
    expect(await serialAt(address)).toBe(serialOf(renewed));
    expect(await clientOf(address, trusting).Tokenize({})).toMatchObject({ tokens: 7 });
    heldBack.resolve();
    expect(await stream.next()).toMatchObject({ done: false });
    expect(await stream.next()).toMatchObject({ done: true });
  });

  it('takes clients of the new authority, and refuses those of the old', async () => {
    const tls = changing({ ...shown(certificates.server), ...trusting });
    const address = await serve(tls);
    tls.change({ ...shown(certificates.server), authorities: others.roots });
    const old = await failureOf(address, { ...trusting, ...shown(certificates.client) });
    expect(old.message).toMatch(/refuses the certificate/);
    const client = clientOf(address, { ...trusting, ...shown(others.client) });
    expect(await client.Tokenize({})).toMatchObject({ tokens: 7 });
  });

  it('listens to changes no longer than it runs', async () => {
    const tls = changing(shown(certificates.server));
    await serve(tls);
    expect(tls.listeners).toBeGreaterThan(0);
    await opened.pop()?.close();
    expect(tls.listeners).toBe(0);
  });
});

it('a client takes what it trusts anew with each connection', async () => {
  const address = await serve(changing(shown(certificates.server)));
  const tls = changing({ authorities: others.roots });
  const client = createRpcClient(inferenceEngine, address, { tls });
  opened.push(client);
  await expect(client.Tokenize({})).rejects.toThrow(/signed by none/);
  tls.change(trusting);
  const until = performance.now() + 5_000;
  let answer: unknown;
  while (answer === undefined && performance.now() < until)
    answer = await client.Tokenize({}).catch(() => undefined);
  expect(answer).toMatchObject({ tokens: 7 });
});

async function serialAt(address: string): Promise<string> {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port), ca: certificates.roots, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

function serialOf({ certificate }: KeyAndCertificate): string {
  return new X509Certificate(certificate).serialNumber;
}
