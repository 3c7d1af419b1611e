import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { startTcpProxy, type TcpProxy } from '@ryzanstein/testing';

/** One side of a connection, with what it has heard. */
interface Side {
  readonly socket: Socket;
  readonly heard: () => string;
  /** `open`, `ended` where the other side has said its last, or how it closed. */
  readonly state: () => string;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function side(socket: Socket): Side {
  let heard = '';
  let state = 'open';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  socket.on('end', () => (state = 'ended'));
  socket.on('error', (error: NodeJS.ErrnoException) => (state = error.code ?? 'error'));
  return { socket, heard: () => heard, state: () => state };
}

/** A proxy before a server, and a connection through it with both its sides. */
async function connected() {
  const served: Side[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => served.push(side(socket)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    for (const { socket } of served) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = await startTcpProxy(target);
  stops.push(() => proxy.stop());
  const pair = async (): Promise<{ client: Side; at: Side }> => {
    const before = served.length;
    const client = await dial(proxy);
    await until(() => served.length > before);
    const at = served[before];
    if (at === undefined) throw new Error('nobody connected');
    return { client, at };
  };
  return { proxy, served, target, pair, ...(await pair()) };
}

async function dial(proxy: TcpProxy): Promise<Side> {
  const socket = connect({
    host: '127.0.0.1',
    port: Number(proxy.address.split(':')[1]),
    allowHalfOpen: true,
  });
  stops.push(async () => void socket.destroy());
  const dialled = side(socket);
  // One that is reset at once may never have been connected.
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
  return dialled;
}

async function until(done: () => boolean): Promise<void> {
  const endAt = performance.now() + 5_000;
  while (!done()) {
    if (performance.now() > endAt) throw new Error('not within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Both ways are open and empty: a word said by each side arrives. */
async function bothHear({ client, at }: { client: Side; at: Side }, word: string): Promise<void> {
  client.socket.write(`${word}?`);
  at.socket.write(`${word}!`);
  await until(() => at.heard().endsWith(`${word}?`) && client.heard().endsWith(`${word}!`));
}

describe(startTcpProxy, () => {
  it('passes bytes and ends on, either way', async () => {
    const { proxy, client, at } = await connected();
    await bothHear({ client, at }, 'one');
    client.socket.end('bye');
    await until(() => at.state() === 'ended');
    expect(at.heard()).toBe('one?bye');
    at.socket.end('so long');
    await until(() => client.state() === 'ended');
    expect(client.heard()).toBe('one!so long');
    await until(() => proxy.connections === 0);
  });

  it('passes more on than fits its buffers', async () => {
    const { client, at } = await connected();
    const text = 'x'.repeat(8 * 1024 * 1024);
    client.socket.end(text);
    await until(() => at.state() === 'ended');
    expect(at.heard().length).toBe(text.length);
  });

  it('passes a reset on', async () => {
    const { client, at, proxy } = await connected();
    client.socket.resetAndDestroy();
    await until(() => at.state() === 'ECONNRESET');
    await until(() => proxy.connections === 0);
  });

  it('lets bytes and ends vanish one way, and resets what lost some when healed', async () => {
    const { proxy, client, at, pair } = await connected();
    proxy.blackhole('toTarget');
    client.socket.write('lost');
    at.socket.write('heard');
    await until(() => client.heard() === 'heard');
    client.socket.end();
    at.socket.write(', still');
    await until(() => client.heard() === 'heard, still');
    expect([at.heard(), at.state()]).toEqual(['', 'open']);
    proxy.heal();
    await until(() => at.state() === 'ECONNRESET');
    await until(() => client.state() === 'ECONNRESET');
    await bothHear(await pair(), 'again');
  });

  it('lets a reset vanish, too', async () => {
    const { proxy, client, at, pair } = await connected();
    proxy.blackhole('toTarget');
    client.socket.resetAndDestroy();
    // What goes the other way on a later connection comes after it.
    const later = await pair();
    later.at.socket.write('heard');
    await until(() => later.client.heard() === 'heard');
    expect(at.state()).toBe('open');
    proxy.heal();
    await until(() => at.state() === 'ECONNRESET');
  });

  it('goes on where nothing was lost', async () => {
    const { proxy, client, at } = await connected();
    proxy.blackhole();
    proxy.heal();
    await bothHear({ client, at }, 'on');
    expect(proxy.connections).toBe(1);
  });

  it('holds bytes back, in order, until healed', async () => {
    const { proxy, client, at } = await connected();
    proxy.delay(Infinity, 'toTarget');
    client.socket.write('a');
    client.socket.write('b');
    at.socket.write('c');
    await until(() => client.heard() === 'c');
    client.socket.end('d');
    expect(at.heard()).toBe('');
    proxy.heal();
    await until(() => at.state() === 'ended');
    expect(at.heard()).toBe('abd');
  });

  it('delays bytes, no matter how soon the other side answers', async () => {
    const { proxy, client, at } = await connected();
    proxy.delay(40);
    const startMs = performance.now();
    await bothHear({ client, at }, 'slow');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(39);
  });

  it('half-closes: one way is over, the other goes on', async () => {
    const { proxy, client, at } = await connected();
    proxy.halfClose('toTarget');
    await until(() => at.state() === 'ended');
    client.socket.write('not heard');
    at.socket.write('heard');
    await until(() => client.heard() === 'heard');
    expect([client.state(), at.heard()]).toEqual(['open', '']);
  });

  it('resets what stands, and takes new connections', async () => {
    const { proxy, client, at, pair } = await connected();
    proxy.reset();
    await until(() => client.state() === 'ECONNRESET' && at.state() === 'ECONNRESET');
    await bothHear(await pair(), 'anew');
  });

  it('refuses new connections, keeps what stands, and takes new ones when healed', async () => {
    const { proxy, client, at, pair } = await connected();
    proxy.refuse();
    const refused = await dial(proxy);
    await until(() => refused.state() === 'ECONNRESET');
    await bothHear({ client, at }, 'kept');
    proxy.heal();
    await bothHear(await pair(), 'welcome');
  });

  it('leads to another place when told so, and nowhere before', async () => {
    const { target, served } = await connected();
    const proxy = await startTcpProxy();
    stops.push(() => proxy.stop());
    const early = await dial(proxy);
    await until(() => early.state() === 'ECONNRESET');
    proxy.connectTo(target);
    (await dial(proxy)).socket.write('here');
    await until(() => served.at(-1)?.heard() === 'here');
  });

  it('resets whoever connects where nobody listens behind it', async () => {
    const { proxy, at } = await connected();
    at.socket.destroy();
    proxy.connectTo('127.0.0.1:1');
    const client = await dial(proxy);
    await until(() => client.state() === 'ECONNRESET');
  });
});
