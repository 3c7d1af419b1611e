import { accountForSpans, accountOnceArrived, type SoakSpan } from './soak-spans.ts';

const acquire = 'ryzanstein.gpu.v1.GpuCoordinator/Acquire';
const generate = 'ryzanstein.engine.v1.InferenceEngine/Generate';
const release = 'ryzanstein.gpu.v1.GpuCoordinator/Release';

function span(spanId: string, parentSpanId: string, name: string, kind = 'INTERNAL'): SoakSpan {
  return { traceId: 't', spanId, parentSpanId, name, kind, status: 'UNSET', attributes: {} };
}

const whole: readonly SoakSpan[] = [
  span('root', 'caller', 'ryzanstein.api.v1.LlmService/ChatStream', 'SERVER'),
  span('a1', 'root', acquire, 'CLIENT'),
  span('a2', 'a1', acquire, 'SERVER'),
  span('g1', 'root', generate, 'CLIENT'),
  span('g2', 'g1', generate, 'SERVER'),
  span('chat', 'g2', 'chat tiny'),
  span('q', 'chat', 'queue'),
  span('p', 'chat', 'prefill'),
  span('d', 'chat', 'decode'),
  span('r1', 'root', release, 'CLIENT'),
  span('r2', 'r1', release, 'SERVER'),
];
const answered = { traceId: 't', callerSpanId: 'caller', answered: true };
const without = (...ids: string[]): SoakSpan[] => whole.filter(({ spanId }) => !ids.includes(spanId));

describe(accountForSpans, () => {
  it('finds nothing wrong with a whole trace', () => {
    expect(accountForSpans(whole, [answered])).toEqual({
      spans: 11,
      double: 0,
      lost: [],
      metTheKill: 0,
      recovered: 0,
      unseen: 0,
    });
  });

  it('counts no spans of other traces', () => {
    const heartbeat = {
      ...span('h', '', 'ryzanstein.gpu.v1.GpuCoordinator/Report', 'CLIENT'),
      traceId: 'other',
    };
    expect(accountForSpans([...whole, heartbeat], [answered])).toMatchObject({ spans: 11, lost: [] });
  });

  it('counts what came twice', () => {
    expect(accountForSpans([...whole, ...whole.slice(0, 3)], [answered]).double).toBe(3);
  });

  it.each([
    ['root', ['t: 0 roots', expect.stringMatching(/parent of .*Acquire CLIENT/)]],
    ['a2', [`t: the other side of ${acquire}`]],
    ['chat', ['t: the parent of queue INTERNAL']],
    ['p', ['t: 0 prefill']],
    ['r1', ['t: 1 acquired, 0 released', `t: ${release} CLIENT`]],
  ])('misses %s', (id, told) => {
    const { lost } = accountForSpans(without(id), [answered]);
    expect(lost).toEqual(expect.arrayContaining(told));
  });

  it('asks no phases of what was cancelled, nothing of what was never seen, and excepts a killed engine', () => {
    const cancelled = { ...answered, answered: false };
    expect(accountForSpans(without('chat', 'q', 'p', 'd'), [cancelled]).lost).toEqual([]);
    expect(accountForSpans([], [cancelled])).toMatchObject({ lost: [], unseen: 1 });
    expect(accountForSpans([], [answered]).lost).toEqual(['t: all of it']);
    const killed = without('g2', 'chat').map((one) =>
      one.spanId === 'g1' ? { ...one, attributes: { 'rpc.response.status_code': 'UNAVAILABLE' } } : one,
    );
    expect(accountForSpans(killed, [cancelled])).toMatchObject({ lost: [], metTheKill: 1 });
  });
});

describe(accountOnceArrived, () => {
  it('waits for what is missing, while other spans keep coming', async () => {
    let looks = 0;
    const arrived = (): SoakSpan[] => {
      looks += 1;
      const others = Array.from({ length: looks }, (_, index) => ({
        ...span(`h${index}`, '', 'heartbeat'),
        traceId: `other ${index}`,
      }));
      return [...(looks < 3 ? without('d', 'r2') : whole), ...others];
    };
    expect(await accountOnceArrived(arrived, [answered], 30_000, 0)).toMatchObject({ spans: 11, lost: [] });
  });

  it('names what has not come in time', async () => {
    const account = await accountOnceArrived(() => without('d'), [answered], 0);
    expect(account.lost).toEqual(['t: 0 decode']);
  });
});
