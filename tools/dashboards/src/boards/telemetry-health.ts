import { board } from '../board.ts';
import { graph, number, records } from '../panels.ts';
import { mesh, orZero, own, rate } from '../promql.ts';

const failed = `${mesh}, error_type!=""`;

/** Whether what is seen on the other boards is all there is. */
export const telemetryHealth = board(
  'ryzanstein-telemetry-health',
  'Telemetry health',
  'Whether what the other boards show is all there is: drops, queues, retries, from the SDK to the store.',
  [
    {
      title: 'Losses',
      panels: [
        number(
          { title: 'Dropped by SDKs', about: 'In the last hour.', unit: 'short' },
          orZero(`sum(increase(otel_sdk_processor_span_processed_total{${failed}}[1h]))`),
        ),
        number(
          {
            title: 'Refused by the Collector',
            about: 'Spans in the last hour; their senders try again.',
            unit: 'short',
          },
          orZero('sum(increase({__name__=~"otelcol_receiver_refused_spans(_total)?", job="otelcol"}[1h]))'),
        ),
        number(
          { title: 'Given up by the Collector', about: 'Spans in the last hour.', unit: 'short' },
          orZero(
            'sum(increase({__name__=~"otelcol_exporter_send_failed_spans(_total)?", job="otelcol"}[1h]))',
          ),
        ),
        number(
          {
            title: 'Refused by Elasticsearch',
            about: 'Documents in the last hour: the Collector counts them as sent.',
            unit: 'short',
          },
          orZero(
            'sum(increase({__name__=~"otelcol_elasticsearch_docs_processed(_total)?", outcome!="success"}[1h]))',
          ),
        ),
        number(
          { title: 'Fullest queue', about: 'Of the Collector.', unit: 'percentunit' },
          'max(otelcol:queue:ratio)',
        ),
        number({ title: 'Targets', about: 'That answer Prometheus.', unit: 'short' }, 'sum(up)'),
      ],
    },
    {
      title: 'SDKs',
      panels: [
        graph(
          { title: 'Spans handed to exporters', about: 'Each second.', unit: 'short' },
          {
            promql: rate('otel_sdk_processor_span_processed_total', 'service_name'),
            legend: '{{service_name}}',
          },
        ),
        graph(
          { title: 'Losses', about: 'Spans and log records each second, by reason.', unit: 'short' },
          {
            promql: orZero(
              rate('otel_sdk_processor_span_processed_total', 'service_name, error_type', failed),
            ),
            legend: 'dropped {{service_name}} {{error_type}}',
          },
          {
            promql: orZero(rate('otel_sdk_exporter_span_exported_total', 'service_name, error_type', failed)),
            legend: 'not exported {{service_name}} {{error_type}}',
          },
          {
            promql: orZero(rate('otel_sdk_exporter_log_exported_total', 'service_name, error_type', failed)),
            legend: 'logs not exported {{service_name}} {{error_type}}',
          },
        ),
        graph(
          { title: 'Queues', about: 'Share in use.', unit: 'percentunit' },
          {
            promql: `sum by (service_name) (otel_sdk_processor_span_queue_size{${mesh}}) / sum by (service_name) (otel_sdk_processor_span_queue_capacity{${mesh}})`,
            legend: 'spans {{service_name}}',
          },
          {
            promql: `sum by (service_name) (otel_sdk_processor_log_queue_size{${mesh}}) / sum by (service_name) (otel_sdk_processor_log_queue_capacity{${mesh}})`,
            legend: 'logs {{service_name}}',
          },
        ),
        graph(
          { title: 'Duration of exports', about: '95th percentile of attempts.', unit: 's' },
          {
            promql: `histogram_quantile(0.95, sum by (le, service_name) (rate(otel_sdk_exporter_operation_duration_seconds_bucket{${mesh}}[$__rate_interval])))`,
            legend: '{{service_name}}',
          },
        ),
      ],
    },
    {
      title: 'Collector',
      panels: [
        graph(
          { title: 'Accepted', about: 'Each second.', unit: 'short' },
          { promql: own('otelcol_receiver_accepted_spans', 'receiver'), legend: 'spans' },
          { promql: own('otelcol_receiver_accepted_metric_points', 'receiver'), legend: 'metric points' },
          { promql: own('otelcol_receiver_accepted_log_records', 'receiver'), legend: 'log records' },
        ),
        graph(
          { title: 'Sent', about: 'Each second, by exporter.', unit: 'short' },
          { promql: own('otelcol_exporter_sent_spans', 'exporter'), legend: 'spans {{exporter}}' },
          {
            promql: own('otelcol_exporter_sent_metric_points', 'exporter'),
            legend: 'metric points {{exporter}}',
          },
          {
            promql: own('otelcol_exporter_sent_log_records', 'exporter'),
            legend: 'log records {{exporter}}',
          },
        ),
        graph(
          { title: 'Queues', about: 'Share in use. They are on disk.', unit: 'percentunit' },
          { promql: 'otelcol:queue:ratio', legend: '{{exporter}} {{data_type}}' },
        ),
        graph(
          { title: 'Losses', about: 'In five minutes, as the alerts see them.', unit: 'short' },
          {
            promql: orZero('sum by (receiver, signal) (otelcol:refused:increase5m)'),
            legend: 'refused {{receiver}} {{signal}}',
          },
          {
            promql: orZero('sum by (exporter, signal) (otelcol:send_failed:increase5m)'),
            legend: 'given up {{exporter}} {{signal}}',
          },
          {
            promql: orZero('sum by (exporter, signal) (otelcol:enqueue_failed:increase5m)'),
            legend: 'queue full {{exporter}} {{signal}}',
          },
          {
            promql: orZero('sum by (signal) (otelcol:memory_refused:increase5m)'),
            legend: 'memory {{signal}}',
          },
        ),
        graph(
          {
            title: 'Documents',
            about: 'Of Elasticsearch, each second, by what became of them.',
            unit: 'short',
          },
          {
            promql: own('otelcol_elasticsearch_docs_processed', 'outcome, error_type'),
            legend: '{{outcome}} {{error_type}}',
          },
        ),
        graph(
          {
            title: 'Memory',
            about: 'The limiter refuses from 300 MiB on, and collects garbage before.',
            unit: 'bytes',
          },
          { promql: 'max by (job) ({__name__=~"otelcol_process_memory_rss(_bytes)?"})', legend: '{{job}}' },
        ),
        graph(
          {
            title: 'Tail sampler',
            about: 'Traces each second, by what was decided. Under the tail profile alone.',
            unit: 'short',
          },
          {
            promql: orZero(
              own('otelcol_processor_tail_sampling_global_count_traces_sampled', 'sampled, decision'),
            ),
            legend: '{{sampled}}{{decision}}',
          },
        ),
        graph(
          { title: 'Prometheus', about: 'Samples that it stores each second.', unit: 'short' },
          {
            promql: 'sum(rate(prometheus_tsdb_head_samples_appended_total[$__rate_interval]))',
            legend: 'samples',
          },
        ),
        records(
          'Values that do not fit',
          'Records with a value of another type than its field has: it is kept, and cannot be searched.',
          '_exists_:_ignored',
        ),
      ],
    },
  ],
);
