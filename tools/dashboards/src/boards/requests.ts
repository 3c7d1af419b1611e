import { board } from '../board.ts';
import { graph, number, records, rows, spanCount } from '../panels.ts';
import { mesh, quantile, quantileOfSpans, rate } from '../promql.ts';

const served = 'rpc_server_call_duration_seconds';
const errors = `${mesh}, error_type!=""`;
const ratio = (by: string) =>
  `(sum by (${by}) (rate(${served}_count{${errors}}[$__rate_interval])) or 0 * ${rate(`${served}_count`, by)}) / ${rate(`${served}_count`, by)}`;

/** Rate, errors and duration of every call. */
export const requests = board(
  'ryzanstein-requests',
  'Requests',
  'Rate, errors and duration of every call, and from there to traces and logs.',
  [
    {
      title: 'All services',
      panels: [
        number(
          { title: 'Calls served', about: 'Each second, by all services.', unit: 'reqps' },
          `sum(rate(${served}_count{${mesh}}[$__rate_interval]))`,
        ),
        number(
          {
            title: 'Errors',
            about: 'Share of them that failed by the fault of the server.',
            unit: 'percentunit',
          },
          `(sum(rate(${served}_count{${errors}}[$__rate_interval])) or vector(0)) / sum(rate(${served}_count{${mesh}}[$__rate_interval]))`,
        ),
        number(
          { title: 'Chats', about: 'Each second, at the edge.', unit: 'reqps' },
          `sum(rate(${served}_count{${mesh}, rpc_method=~".*LlmService/Chat.*"}[$__rate_interval]))`,
        ),
        number(
          { title: 'Slowest method', about: '95th percentile of the slowest.', unit: 's' },
          `max(${quantile(0.95, served, 'rpc_method')})`,
        ),
      ],
    },
    {
      title: 'By method',
      panels: [
        graph(
          {
            title: 'Calls',
            about: 'Calls served each second. Counted by the services themselves, sampled or not.',
            unit: 'reqps',
          },
          { promql: rate(`${served}_count`, 'rpc_method'), legend: '{{rpc_method}}' },
        ),
        graph(
          { title: 'Answers', about: 'By the status that the call ended with.', unit: 'reqps' },
          {
            promql: rate(`${served}_count`, 'rpc_response_status_code'),
            legend: '{{rpc_response_status_code}}',
          },
        ),
        graph(
          {
            title: 'Share of errors',
            about: 'Errors of the server: what the caller did wrong is none.',
            unit: 'percentunit',
          },
          { promql: ratio('rpc_method'), legend: '{{rpc_method}}' },
        ),
        graph(
          {
            title: 'Duration by traces',
            about: '95th percentile of SERVER spans. Every point is a trace: follow it.',
            unit: 's',
          },
          {
            promql: quantileOfSpans(0.95, 'span_name', `${mesh}, span_kind="SPAN_KIND_SERVER"`),
            legend: '{{span_name}}',
            exemplars: true,
          },
        ),
        graph(
          { title: 'Duration, median', about: 'Of calls served.', unit: 's' },
          { promql: quantile(0.5, served, 'rpc_method'), legend: '{{rpc_method}}' },
        ),
        graph(
          { title: 'Duration, 99th percentile', about: 'Of calls served.', unit: 's' },
          { promql: quantile(0.99, served, 'rpc_method'), legend: '{{rpc_method}}' },
        ),
        graph(
          { title: 'Calls made', about: 'By the service that calls, and the method.', unit: 'reqps' },
          {
            promql: rate('rpc_client_call_duration_seconds_count', 'service_name, rpc_method'),
            legend: '{{service_name}} → {{rpc_method}}',
          },
        ),
        spanCount(
          { title: 'Spans that are errors', about: 'As Elasticsearch has them.', unit: 'short' },
          'status.code:Error',
          'service.name',
        ),
        rows(
          { title: 'Every way out', about: 'Calls each second, by method and status.', unit: 'reqps' },
          `sort_desc(${rate(`${served}_count`, 'service_name, rpc_method, rpc_response_status_code')})`,
        ),
        records(
          'Requests',
          'What api-server logs of each request; its trace_id leads to the trace.',
          'service.name:"ryzanstein-api" AND _exists_:trace_id',
        ),
      ],
    },
  ],
);
