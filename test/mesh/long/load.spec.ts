import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { meshUnderTest, type MeshUnderTest } from '../mesh-under-test.ts';

const ryz = fileURLToPath(new URL('../../../tools/cli/bin/ryz.js', import.meta.url));

/** What the tests look at of `ryz load --json`. */
interface Report {
  readonly requests: Readonly<Record<'offered' | 'sent' | 'notSent' | 'answered' | 'tokensOut', number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly tookMs: number;
  readonly rates: { readonly answered: number };
  readonly times: Readonly<
    Record<string, { readonly p50: number; readonly p99: number; readonly max: number }>
  >;
  readonly fairness?: { readonly jain: number };
  readonly slowest: readonly { readonly reason: string; readonly traceId: string }[];
}

let under: MeshUnderTest;

beforeAll(async () => {
  // Each answer takes a fifth of a second at least and two are made at a time: some ten a second at most.
  under = await meshUnderTest({ env: { RYZ_INJECT_DELAY: 'decode:200', RYZ_SLOTS: '2' } });
}, 60_000);

afterAll(() => under.stop());

async function load(...args: string[]): Promise<Report> {
  const { api, tracebox } = under.mesh.addresses;
  const where = ['--address', api.grpc, '--trace-url', `http://${tracebox?.ui}`];
  const { stdout } = await promisify(execFile)(process.execPath, [ryz, 'load', ...where, '--json', ...args]);
  return JSON.parse(stdout) as Report;
}

describe('ryz load against a mesh that cannot keep up', () => {
  it('shows the queue that an open loop builds, where a closed one is as fast as the mesh', async () => {
    const lengths = ['--prompt-tokens', '30', '--max-tokens', '4'];
    const closed = await load('--requests', '30', '--concurrency', '2', ...lengths);
    const rate = 4 * closed.rates.answered;
    const open = await load('--requests', '80', '--rate', rate.toFixed(1), ...lengths);
    expect(open.outcomes).toEqual({ OK: 80 });
    expect(open.requests).toMatchObject({ offered: 80, sent: 80, notSent: 0 });
    // Four times what it can take for a while: when the last arrives, three quarters are still to be answered.
    // Who waits for an answer before sending, or counts from the sending, sees times like those of the closed loop.
    expect(open.times.total!.p50 / closed.times.total!.p50).toBeGreaterThan(5);
    expect(open.times.ttft!.p50 / closed.times.ttft!.p50).toBeGreaterThan(5);
    expect(open.times.total!.max / open.tookMs).toBeGreaterThan(0.5);
    expect(open.times.leaseWait!.max / open.times.total!.max).toBeGreaterThan(0.5);
    // By its trace, or by its reply where that came too late.
    expect(open.slowest[0]?.reason).toMatch(/a device that others held|waited for a lease/);
  }, 60_000);

  it('treats equal clients alike, and leaves nothing behind where a part is cancelled', async () => {
    const told = await load(
      ...[
        '--requests',
        '60',
        '--concurrency',
        '15',
        '--clients',
        '5',
        '--cancel',
        '20%',
        '--max-tokens',
        '16',
      ],
    );
    const { OK: answered = 0, CANCELLED_AS_ASKED: cancelled = 0 } = told.outcomes;
    expect([answered + cancelled, cancelled > 0]).toEqual([60, true]);
    expect(told.fairness?.jain).toBeGreaterThan(0.8);
    const after = await load('--requests', '2', '--concurrency', '1', '--unary');
    expect(after.outcomes).toEqual({ OK: 2 });
  }, 60_000);
});
