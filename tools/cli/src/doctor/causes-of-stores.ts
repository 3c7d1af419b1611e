import { increases } from './collector-counts.ts';
import { silence, value, type Cause } from './cause.ts';
import type { Facts } from './facts.ts';

type Counts = 'sent' | 'failed' | 'notEnqueued' | 'documents';

function grew(facts: Facts, key: Counts): Record<string, number> {
  const counts = value(facts.collector);
  return counts === undefined ? {} : increases(counts.before[key], counts.after[key]);
}

function rise(facts: Facts, key: 'accepted' | 'refused' | 'limited' | 'notSampled'): number {
  const counts = value(facts.collector);
  return counts === undefined ? 0 : Math.max(0, counts.after[key] - counts.before[key]);
}

function fullQueue(facts: Facts): readonly [string, number] | undefined {
  const queued = value(facts.collector)?.after.queued ?? {};
  return Object.entries(queued).find(([, share]) => share > 0.8);
}

/** Documents that Elasticsearch did not take while the canary was followed, by what it said. */
function rejected(facts: Facts, pattern: RegExp): string | undefined {
  return Object.keys(grew(facts, 'documents')).find((outcome) => pattern.test(outcome));
}

/** What Elasticsearch refused before the canary, as `outcome status reason`, and how often. */
function rejectedBefore(facts: Facts): readonly [string, number] | undefined {
  const before = value(facts.collector)?.before.documents ?? {};
  return Object.entries(before).find(([outcome, count]) => count > 0 && !outcome.startsWith('success'));
}

const stored = (facts: Facts): number => value(facts.traces)?.spans ?? 0;
const followed = ({ canary }: Facts): boolean => canary.failure === undefined && canary.sampled !== false;

/** What can be wrong in the Collector and behind it. */
export const causesOfStores: readonly Cause[] = [
  {
    id: 'collector-silent',
    hop: 'collector',
    kind: 'broken',
    when: ({ collector }) => collector.state === 'silent',
    tell: ({ collector }) => `the Collector does not show its metrics (${silence(collector)})`,
    mend: 'Start it, or correct --collector-metrics; its metrics have a port of their own, 8888.',
    means: 'the Collector is down, or its metrics are elsewhere',
  },
  {
    id: 'memory-limiter',
    hop: 'collector',
    kind: 'broken',
    when: (facts) => rise(facts, 'limited') > 0,
    tell: (facts) => `the Collector's memory limiter refused ${rise(facts, 'limited')} spans`,
    mend: 'Give the Collector more memory (mem_limit and memory_limiter together), or send less.',
    means: 'otelcol_processor_memory_limiter_refused_spans grows',
  },
  {
    id: 'collector-refuses',
    hop: 'collector',
    kind: 'broken',
    when: (facts) => rise(facts, 'refused') > 0,
    tell: (facts) => `the Collector refused ${rise(facts, 'refused')} spans`,
    mend: 'Its log says why; a full queue and a memory limit that is too low are the usual reasons.',
    means: 'otelcol_receiver_refused_spans grows',
  },
  {
    id: 'queue-full',
    hop: 'collector',
    kind: 'broken',
    when: (facts) => Object.keys(grew(facts, 'notEnqueued')).length > 0,
    tell: (facts) =>
      `the Collector's queue for ${Object.keys(grew(facts, 'notEnqueued')).join(' and ')} is full, and drops`,
    mend: 'Mend what it sends to; raise sending_queue.queue_size where outages last longer.',
    means: 'otelcol_exporter_enqueue_failed_spans grows',
  },
  {
    id: 'collector-cannot-send',
    hop: 'collector',
    kind: 'broken',
    when: (facts) => Object.keys(grew(facts, 'failed')).length > 0,
    tell: (facts) => `the Collector gave up sending to ${Object.keys(grew(facts, 'failed')).join(' and ')}`,
    mend: 'Its log names the answer; 401 and 403 mean credentials, 404 a wrong path.',
    means: 'otelcol_exporter_send_failed_spans grows',
  },
  {
    id: 'nothing-arrives',
    hop: 'collector',
    kind: 'broken',
    symptom: true,
    when: (facts) => followed(facts) && facts.collector.state === 'answered' && rise(facts, 'accepted') === 0,
    tell: () => "none of the canary's spans reached the Collector",
    mend: 'Compare OTEL_EXPORTER_OTLP_ENDPOINT of the services with its address; their logs say once a minute what is in the way.',
    means: 'otelcol_receiver_accepted_spans stays as it is',
  },
  {
    id: 'queue-nearly-full',
    hop: 'collector',
    kind: 'warning',
    when: (facts) => fullQueue(facts) !== undefined,
    tell: (facts) =>
      `the Collector's queue for ${fullQueue(facts)?.[0]} is filled to ${Math.round((fullQueue(facts)?.[1] ?? 0) * 100)} %`,
    mend: 'See why it sends too slowly before the queue is full.',
    means: 'otelcol_exporter_queue_size nears its capacity',
  },
  {
    id: 'traces-silent',
    hop: 'traces',
    kind: 'broken',
    when: ({ traces }) => traces.state === 'silent',
    tell: ({ traces }) => `no trace store answers (${silence(traces)})`,
    mend: 'Start Jaeger or the embedded store, or name another with --trace-url.',
    means: 'Jaeger is down, or its address is wrong',
  },
  {
    id: 'tail-sampled',
    hop: 'traces',
    kind: 'broken',
    when: (facts) =>
      followed(facts) &&
      facts.traces.state === 'answered' &&
      stored(facts) === 0 &&
      rise(facts, 'notSampled') > 0,
    tell: () => "the Collector's tail sampler dropped the trace",
    mend: 'That is its work: raise RYZ_TAIL_PERCENT, or send `x-ryz-sampling-priority: keep` with the request.',
    means: 'the tail profile keeps one in N of what is neither slow nor failed',
  },
  {
    id: 'jaeger-dropped',
    hop: 'traces',
    kind: 'broken',
    when: (facts) =>
      followed(facts) &&
      facts.traces.state === 'answered' &&
      stored(facts) === 0 &&
      Object.keys(grew(facts, 'sent')).some((exporter) => exporter.includes('jaeger')),
    tell: () => 'the Collector sent the spans to Jaeger, and Jaeger does not have them',
    mend: 'Its storage is full (memory.max_traces drops the oldest), it was started again, or its Elasticsearch is down: see its log.',
    means: 'sent, and not stored: storage full, restarted, or without its database',
  },
  {
    id: 'trace-absent',
    hop: 'traces',
    kind: 'broken',
    symptom: true,
    when: (facts) => followed(facts) && facts.traces.state === 'answered' && stored(facts) === 0,
    tell: ({ canary }) => `no span of the trace ${canary.traceId} has arrived`,
    mend: 'The first hop above that is not green says where they stay; --timeout gives them longer.',
    means: 'no span of the request is stored',
  },
  {
    id: 'trace-incomplete',
    hop: 'traces',
    kind: 'broken',
    symptom: true,
    when: ({ traces }) =>
      value(traces) !== undefined && (value(traces)?.spans ?? 0) > 0 && value(traces)?.whole === false,
    tell: ({ traces }) => {
      const missing = ['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference'].filter(
        (service) => !(value(traces)?.services ?? []).includes(service),
      );
      return missing.length === 0
        ? 'the trace has gaps'
        : `the trace lacks the spans of ${missing.join(' and ')}`;
    },
    mend: 'That service exports elsewhere, not at all (OTEL_TRACES_EXPORTER, OTEL_SDK_DISABLED), or was killed: see its log.',
    means: "one service's spans are missing",
  },
  {
    id: 'clock-skew',
    hop: 'traces',
    kind: 'warning',
    when: ({ traces }) => (value(traces)?.skewMs ?? 0) > 500,
    tell: ({ traces }) =>
      `spans lie ${Math.round(value(traces)?.skewMs ?? 0)} ms outside of the time of the request`,
    mend: 'Synchronise the clocks of the machines (NTP).',
    means: 'clocks differ: children begin before their parents',
  },
  {
    id: 'prometheus-silent',
    hop: 'metrics',
    kind: 'broken',
    when: ({ prometheus }) => prometheus.state === 'silent',
    tell: ({ prometheus }) => `Prometheus does not answer (${silence(prometheus)})`,
    mend: 'Start it, or name another with --prometheus; `--prometheus none` leaves it out.',
    means: 'Prometheus is down, or its address is wrong',
  },
  {
    id: 'otlp-receiver-off',
    hop: 'metrics',
    kind: 'broken',
    when: ({ prometheus }) =>
      value(prometheus)?.otlpReceiver === false && (value(prometheus)?.counted ?? 0) <= 0,
    tell: () => 'Prometheus takes no OTLP: what the Collector pushes is answered with 404',
    mend: 'Start Prometheus with --web.enable-otlp-receiver.',
    means: 'Prometheus without its OTLP receiver',
  },
  {
    id: 'not-counted',
    hop: 'metrics',
    kind: 'broken',
    symptom: true,
    when: (facts) =>
      followed(facts) && facts.prometheus.state === 'answered' && facts.prometheus.value.counted <= 0,
    tell: () => 'the request is not in the span metrics',
    mend: 'Put span_metrics into the traces pipeline of the Collector, with a metrics_flush_interval (5 s) shorter than --timeout.',
    means: 'traces_span_metrics_calls_total stays as it is',
  },
  {
    id: 'exemplar-storage-off',
    hop: 'exemplar',
    kind: 'broken',
    when: ({ prometheus }) => value(prometheus)?.exemplarStorage === false,
    tell: () => 'Prometheus keeps no exemplars, so that no metric leads to a trace',
    mend: 'Start Prometheus with --enable-feature=exemplar-storage.',
    means: 'Prometheus without exemplar storage',
  },
  {
    id: 'exemplar-absent',
    hop: 'exemplar',
    kind: 'warning',
    when: (facts) =>
      followed(facts) &&
      value(facts.prometheus)?.exemplarStorage === true &&
      value(facts.prometheus)?.exemplar === false,
    tell: () => "none of the exemplars that are kept is the canary's",
    mend: 'Under load others may have taken its place; otherwise see exemplars.enabled of span_metrics.',
    means: 'an exemplar of another request stands there',
  },
  {
    id: 'elasticsearch-silent',
    hop: 'elasticsearch',
    kind: 'broken',
    when: ({ elasticsearch }) => elasticsearch.state === 'silent',
    tell: ({ elasticsearch }) => `Elasticsearch does not answer (${silence(elasticsearch)})`,
    mend: 'Start it, or correct --elasticsearch; `--elasticsearch none` leaves it out.',
    means: 'Elasticsearch is down, or its address is wrong',
  },
  {
    id: 'elasticsearch-credentials',
    hop: 'elasticsearch',
    kind: 'broken',
    when: ({ elasticsearch }) => [401, 403].includes(value(elasticsearch)?.status ?? 200),
    tell: ({ elasticsearch }) => `Elasticsearch answers ${value(elasticsearch)?.status}: it wants a user`,
    mend: 'Give --elasticsearch-user and --elasticsearch-password-file.',
    means: '401 or 403',
  },
  {
    id: 'elasticsearch-odd',
    hop: 'elasticsearch',
    kind: 'broken',
    when: ({ elasticsearch }) => (value(elasticsearch)?.status ?? 200) !== 200,
    tell: ({ elasticsearch }) => `Elasticsearch answers ${value(elasticsearch)?.status}`,
    mend: 'Correct --elasticsearch, or see the log of the node.',
    means: 'another program has the port, or the node is not well',
  },
  {
    id: 'template-missing',
    hop: 'elasticsearch',
    kind: 'broken',
    when: (facts) =>
      (value(facts.elasticsearch)?.templates === false && value(facts.elasticsearch)?.spans === 0) ||
      rejected(facts, /index_not_found/) !== undefined,
    tell: () => 'the templates of the data streams are missing, and Elasticsearch refuses every document',
    mend: 'Run deploy/elasticsearch/init.ts (the service elasticsearch-init of compose).',
    means: 'index_not_found_exception in otelcol_elasticsearch_docs_processed',
  },
  {
    id: 'mapping-conflict',
    hop: 'elasticsearch',
    kind: 'broken',
    when: (facts) => rejected(facts, /document_parsing/) !== undefined,
    tell: (facts) =>
      `Elasticsearch refuses documents because a value does not fit its field (${rejected(facts, /document_parsing/)})`,
    mend: 'Give the attribute one type everywhere; the templates of deploy/elasticsearch keep such values and mark them instead.',
    means: 'document_parsing_exception in otelcol_elasticsearch_docs_processed',
  },
  {
    id: 'exporter-credentials',
    hop: 'elasticsearch',
    kind: 'broken',
    when: (facts) => rejected(facts, /\b40[13]\b/) !== undefined,
    tell: (facts) => `Elasticsearch refuses the Collector (${rejected(facts, /\b40[13]\b/)})`,
    mend: "Give the Collector's user its password again: run deploy/elasticsearch/init.ts.",
    means: "the Collector's user or password is wrong",
  },
  {
    id: 'documents-absent',
    hop: 'elasticsearch',
    kind: 'broken',
    symptom: true,
    when: (facts) => {
      const found = value(facts.elasticsearch);
      return followed(facts) && found !== undefined && (found.spans === 0 || found.logs === 0);
    },
    tell: ({ elasticsearch }) =>
      `Elasticsearch has ${value(elasticsearch)?.spans} spans and ${value(elasticsearch)?.logs} log lines of the trace`,
    mend: 'otelcol_elasticsearch_docs_processed by outcome says what became of them.',
    means: 'spans or log lines of the request are not stored',
  },
  {
    id: 'refused-before',
    hop: 'elasticsearch',
    kind: 'warning',
    when: (facts) => rejectedBefore(facts) !== undefined,
    tell: (facts) => {
      const [outcome, count] = rejectedBefore(facts) ?? ['', 0];
      return `since its start the Collector lost ${count} documents that Elasticsearch did not take (${outcome})`;
    },
    mend: 'The log of the Collector names the index; document_parsing_exception means one attribute with two types, index_not_found_exception a missing template.',
    means: 'documents of others were refused earlier',
  },
  {
    id: 'values-ignored',
    hop: 'elasticsearch',
    kind: 'warning',
    when: ({ elasticsearch }) => (value(elasticsearch)?.ignored.length ?? 0) > 0,
    tell: ({ elasticsearch }) =>
      `stored documents have values that did not fit: ${value(elasticsearch)?.ignored.join(', ')}`,
    mend: 'Give the attribute one type everywhere; until then it cannot be searched in those documents.',
    means: 'fields in _ignored',
  },
  {
    id: 'grafana-silent',
    hop: 'grafana',
    kind: 'broken',
    when: ({ grafana }) => grafana.state === 'silent' || (value(grafana)?.status ?? 200) >= 400,
    tell: ({ grafana }) =>
      `Grafana does not answer (${silence(grafana) ?? `it answers ${value(grafana)?.status}`})`,
    mend: 'Start it, or name another with --grafana.',
    means: 'Grafana is down, or its address is wrong',
  },
  {
    id: 'kibana-silent',
    hop: 'kibana',
    kind: 'broken',
    // Without a login it answers 401 or leads to its login page, and works.
    when: ({ kibana }) => kibana.state === 'silent' || (value(kibana)?.status ?? 200) >= 500,
    tell: ({ kibana }) =>
      `Kibana does not answer (${silence(kibana) ?? `it answers ${value(kibana)?.status}`})`,
    mend: 'Start it (it takes a minute), or name another with --kibana.',
    means: 'Kibana is down, or not ready yet',
  },
];
