import { TextBoxVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board } from '../board.ts';
import { records } from '../panels.ts';

/** All log records of one trace: where Jaeger's link leads. */
export const traceLogs = board(
  'ryzanstein-trace-logs',
  'Logs of a trace',
  'All log records of one trace, of every service.',
  [
    {
      title: 'Trace ${trace_id}',
      panels: [records('Log records', 'Of every service, the latest first.', 'trace_id:"${trace_id}"', 24)],
    },
  ],
)
  .time({ from: 'now-24h', to: 'now' })
  .withVariable(new TextBoxVariableBuilder('trace_id').label('Trace id').defaultValue(''));
