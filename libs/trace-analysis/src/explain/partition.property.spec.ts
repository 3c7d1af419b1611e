import fc from 'fast-check';
import { roleOf } from '../mesh-span.ts';
import { requestSpans } from '../test-requests.ts';
import { buildTrace } from '../trace-tree.ts';
import { explain } from './explain.ts';
import { measureRequest } from './measure-request.ts';

const whole = requestSpans({
  wait: { ms: 30 },
  failedAttempts: [{ method: 'Generate', code: 'UNAVAILABLE', ms: 9 }],
});

describe('the parts of a request', () => {
  it('are its time to the nanosecond, whatever is missing and however clocks disagree', () => {
    const change = fc.record({ lost: fc.boolean(), shiftNs: fc.bigInt(-40_000_000n, 40_000_000n) });
    const changes = fc.array(change, { minLength: whole.length, maxLength: whole.length });
    fc.assert(
      fc.property(changes, (all) => {
        const spans = whole.flatMap((span, index) => {
          const { lost, shiftNs } = all[index] ?? { lost: false, shiftNs: 0n };
          if (lost) return [];
          return [{ ...span, startNs: span.startNs + shiftNs, endNs: span.endNs + shiftNs }];
        });
        const trace = buildTrace(spans);
        const request = trace && measureRequest(trace);
        if (trace === undefined || request === undefined) return;
        const sumNs = [...request.partsNs.values()].reduce((sum, ns) => sum + ns, 0n);
        expect(sumNs).toBe(request.totalNs);
        expect([...request.partsNs.values()].every((ns) => ns > 0n)).toBe(true);
        const { parts, missing } = explain(trace);
        if (request.totalNs > 0n) expect(parts.reduce((sum, { percent }) => sum + percent, 0)).toBe(100);
        const rootIsThere = spans.some((span) => roleOf(span) === 'edge');
        if (!rootIsThere) expect(missing).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
