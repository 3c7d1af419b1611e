import { board } from '../board.ts';
import { graph, rows } from '../panels.ts';

// Every root adds an edge from "user", and every call whose other side never arrives one to "unknown".
const edges = 'connection_type=""';
const by = 'client, server';
const rate = (counter: string, where = edges) =>
  `sum by (${by}) (rate(${counter}{${where}}[$__rate_interval]))`;
const quantile = (side: string) =>
  `histogram_quantile(0.95, sum by (le, ${by}) (rate(traces_service_graph_request_${side}_seconds_bucket{${edges}}[$__rate_interval])))`;
const calls = rate('traces_service_graph_request_total');

/** Who calls whom, from pairs of spans. */
export const serviceGraph = board(
  'ryzanstein-service-graph',
  'Service graph',
  'Who calls whom: from pairs of a CLIENT and a SERVER span.',
  [
    {
      title: 'Edges',
      panels: [
        rows(
          { title: 'Who calls whom', about: 'Calls each second.', unit: 'reqps', width: 12 },
          `sort_desc(${calls})`,
        ),
        rows(
          {
            title: 'From outside',
            about: 'Roots: calls whose caller sent no span.',
            unit: 'reqps',
            width: 12,
          },
          `sum by (server) (rate(traces_service_graph_request_total{client="user"}[$__rate_interval]))`,
        ),
        graph(
          { title: 'Calls', about: 'Each second.', unit: 'reqps' },
          { promql: calls, legend: '{{client}} → {{server}}' },
        ),
        graph(
          { title: 'Share that failed', about: 'On either side.', unit: 'percentunit' },
          {
            promql: `(${rate('traces_service_graph_request_total', `${edges}, failed="true"`)} or 0 * ${calls}) / ${calls}`,
            legend: '{{client}} → {{server}}',
          },
        ),
        graph(
          { title: 'Duration at the client', about: '95th percentile.', unit: 's' },
          { promql: quantile('client'), legend: '{{client}} → {{server}}' },
        ),
        graph(
          {
            title: 'Duration at the server',
            about: '95th percentile. What the client has more is the way and the queue before the server.',
            unit: 's',
          },
          { promql: quantile('server'), legend: '{{client}} → {{server}}' },
        ),
      ],
    },
  ],
);
