import { ExportCounter } from './export-counts.ts';
import { ExportReport } from './export-report.ts';

function report(port: number) {
  const lines: string[] = [];
  const at = (level: string) => (_fields: object, message: string) => lines.push(`${level} ${message}`);
  const log = { info: at('info'), warn: at('warn'), error: at('error') };
  const counter = new ExportCounter('span', { address: 'c', port });
  const clock = { ms: 0 };
  const endpoint = `http://c:${port}`;
  const options = { what: 'spans', endpoint, port, counter, nowMs: () => clock.ms };
  return { lines, counter, clock, report: new ExportReport(options, log) };
}

it('says what fails at most once a minute, and when it is over', () => {
  const { lines, counter, clock, report: said } = report(4317);
  said.failing('UNAVAILABLE: refused');
  counter.droppedBefore('queue_full', 7);
  said.full();
  clock.ms = 59_999;
  said.failing('UNAVAILABLE: refused');
  clock.ms = 60_000;
  said.failing('DEADLINE_EXCEEDED: too late');
  said.recovered();
  said.recovered();
  expect(lines).toEqual([
    'warn spans cannot be exported to http://c:4317: UNAVAILABLE: refused; 0 lost so far',
    'warn spans cannot be exported to http://c:4317: DEADLINE_EXCEEDED: too late; 7 lost so far',
    'info spans are exported to http://c:4317 again; 7 were lost',
  ]);
});

it('guesses that HTTP is spoken on the port of OTLP over HTTP', () => {
  const { lines, report: said } = report(4318);
  said.failing('UNAVAILABLE: protocol error');
  expect(lines).toEqual([
    'warn spans cannot be exported to http://c:4318: UNAVAILABLE: protocol error; port 4318 is usually OTLP over HTTP, and gRPC is on 4317; 0 lost so far',
  ]);
});

it('passes on what the collector says of what it took, at most once a minute', () => {
  const { lines, clock, report: said } = report(4317);
  said.rejected(3, 'too old');
  said.rejected(1, 'too old');
  clock.ms = 60_000;
  said.rejected(0, 'soon too old');
  clock.ms = 120_000;
  said.rejected(2, '');
  expect(lines).toEqual([
    'warn http://c:4317 rejected 3 spans: too old',
    'warn http://c:4317 took spans with a warning: soon too old',
    'warn http://c:4317 rejected 2 spans: no reason given',
  ]);
});
