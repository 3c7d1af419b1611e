import { collectorCounts, increases, readMetricsText } from './collector-counts.ts';

// Lines of the metrics page of Collector 0.158 (its first form), and of Jaeger 2.13 (with _total).
const page = `
# HELP otelcol_exporter_queue_size Current size of the retry queue (in batches). [Alpha]
# TYPE otelcol_exporter_queue_size gauge
otelcol_exporter_queue_size{data_type="logs",exporter="elasticsearch"} 0
otelcol_exporter_queue_size{data_type="traces",exporter="elasticsearch"} 150000
otelcol_exporter_queue_capacity{data_type="logs",exporter="elasticsearch"} 200000
otelcol_exporter_queue_capacity{data_type="traces",exporter="elasticsearch"} 200000
otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"} 1.1e+01
otelcol_receiver_accepted_spans{receiver="otlp",transport="http"} 4
otelcol_receiver_refused_spans_total{receiver="otlp",transport="grpc"} 2
otelcol_processor_memory_limiter_refused_spans{processor="memory_limiter"} 2
otelcol_exporter_sent_spans{exporter="elasticsearch"} 15
otelcol_exporter_sent_spans_total{exporter="otlp_grpc/jaeger",server_address="jaeger"} 13
otelcol_exporter_send_failed_spans{exporter="otlp_grpc/jaeger"} 2
otelcol_exporter_enqueue_failed_spans{exporter="elasticsearch"} 1
otelcol_processor_tail_sampling_global_count_traces_sampled{sampled="true"} 3
otelcol_processor_tail_sampling_global_count_traces_sampled{sampled="false"} 7
otelcol_elasticsearch_docs_processed{http_response_status_code="200",outcome="success"} 31
otelcol_elasticsearch_docs_processed{error_type="document_parsing_exception",http_response_status_code="400",outcome="failed_client"} 2
otelcol_process_uptime_seconds 12 1795351000000
`;

it('adds up what the Collector says of itself, in either spelling', () => {
  expect(collectorCounts(readMetricsText(page))).toEqual({
    accepted: 15,
    refused: 2,
    limited: 2,
    notSampled: 7,
    sent: { elasticsearch: 15, 'otlp_grpc/jaeger': 13 },
    failed: { 'otlp_grpc/jaeger': 2 },
    notEnqueued: { elasticsearch: 1 },
    queued: { elasticsearch: 0.75 },
    documents: { 'success 200': 31, 'failed_client 400 document_parsing_exception': 2 },
  });
});

it('reads labels with quotes in them, and leaves out what is no sample', () => {
  const text = 'a{b="c \\"d\\", e=",f="g"} 1\n\nnonsense\n# a 2\nx 3';
  expect(readMetricsText(text)).toEqual([
    { name: 'a', labels: { b: 'c \\"d\\", e=', f: 'g' }, value: 1 },
    { name: 'x', labels: {}, value: 3 },
  ]);
});

it('takes a program that was started again to have counted from nothing', () => {
  expect(increases({ a: 5, b: 2, c: 1 }, { a: 9, b: 1, c: 1, d: 4 })).toEqual({ a: 4, b: 1, d: 4 });
});
