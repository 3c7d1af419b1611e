import type { HopName } from './cause.ts';
import { collectorCounts } from './collector-counts.ts';
import { causes, diagnose } from './diagnose.ts';
import { doctorJson, doctorLines } from './doctor-report.ts';
import type { Answer, CollectorCounts, Facts, StoredCanary } from './facts.ts';

function answered<Value>(value: Value, url = 'http://there'): Answer<Value> {
  return { state: 'answered', url, value };
}

const silent = { state: 'silent', url: 'http://there', reason: 'nothing listens there' } as const;

const quiet = collectorCounts([]);
const after: CollectorCounts = {
  ...quiet,
  accepted: 11,
  sent: { 'otlp_grpc/jaeger': 11, elasticsearch: 11 },
  queued: { elasticsearch: 0 },
  documents: { 'success 200': 14 },
};
const stored: StoredCanary = {
  kind: 'jaeger',
  spans: 11,
  whole: true,
  services: ['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference'],
  skewMs: 0,
};
const metrics = { counted: 1, otlpReceiver: true, exemplarStorage: true, exemplar: true };
const documents = { status: 200, spans: 11, logs: 3, templates: true, ignored: [] };

const healthy: Facts = {
  settings: {
    otlpEndpoint: 'http://localhost:4317',
    otlpNamed: false,
    sdkDisabled: false,
    tracesExporter: 'otlp',
    captureContent: '',
    batchSize: undefined,
    scheduleDelayMs: undefined,
    traceparent: undefined,
  },
  api: answered({ alive: true, ready: true }, 'localhost:50051'),
  canary: {
    requestId: 'doctor-1',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    sampled: true,
    forced: false,
    totalMs: 71.4,
  },
  sampling: answered({ text: 'probabilistic 1', probability: 1, truncated: false }),
  otlp: answered({ speech: 'grpc', wanted: 'grpc' }, 'http://localhost:4317'),
  sdk: answered({ exported: 40, queueFull: 0, lost: 0 }),
  collector: answered({ before: quiet, after }),
  traces: answered(stored, 'http://localhost:16686'),
  prometheus: answered(metrics, 'http://localhost:9090'),
  elasticsearch: answered(documents, 'http://localhost:9200'),
  grafana: answered({ status: 200 }, 'http://localhost:3000'),
  kibana: { state: 'skipped', why: 'nothing listens at http://localhost:5601; --kibana names another' },
};

const counting = (more: Partial<CollectorCounts>): Facts => ({
  ...healthy,
  collector: answered({ before: quiet, after: { ...after, ...more } }),
});
const setting = (more: Partial<Facts['settings']>): Facts => ({
  ...healthy,
  settings: { ...healthy.settings, ...more },
});
const speaking = (
  speech: 'grpc' | 'http' | 'grpc over tls' | 'refused' | 'rejected credentials' | 'something else',
  wanted: 'grpc' | 'http' = 'grpc',
): Facts => ({
  ...healthy,
  otlp: answered({ speech, wanted }),
});
const storing = (more: Partial<StoredCanary>): Facts => ({
  ...healthy,
  traces: answered({ ...stored, ...more }),
});
const measuring = (more: Partial<typeof metrics>): Facts => ({
  ...healthy,
  prometheus: answered({ ...metrics, ...more }),
});
const indexing = (more: Partial<Omit<typeof documents, 'ignored'> & { ignored: string[] }>): Facts => ({
  ...healthy,
  elasticsearch: answered({ ...documents, ...more }),
});
const notKept: Facts['canary'] = { ...healthy.canary, sampled: false };

/** One case for each cause: what is found out, and the hop and cause that it must come to. */
const table: [id: string, hop: HopName, facts: Facts][] = [
  ['telemetry-disabled', 'configuration', setting({ sdkDisabled: true })],
  ['exporter-none', 'configuration', setting({ tracesExporter: 'none' })],
  ['content-captured', 'configuration', setting({ captureContent: 'SPAN_ONLY' })],
  ['batches-too-small', 'configuration', setting({ batchSize: 1 })],
  ['api-down', 'service', { ...healthy, api: silent }],
  ['not-ready', 'service', { ...healthy, api: answered({ alive: true, ready: false }) }],
  [
    'key-refused',
    'canary',
    {
      ...healthy,
      canary: {
        ...healthy.canary,
        failure: { code: 'UNAUTHENTICATED', sentence: 'An API key is asked for.' },
      },
    },
  ],
  [
    'canary-refused',
    'canary',
    {
      ...healthy,
      canary: { ...healthy.canary, failure: { code: 'UNAVAILABLE', sentence: 'No device is registered.' } },
    },
  ],
  [
    'parent-unsampled',
    'sampling',
    {
      ...setting({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' }),
      canary: notKept,
    },
  ],
  [
    'rate-truncated',
    'sampling',
    { ...healthy, sampling: answered({ text: 'ratelimiting 0/s', perSecond: 0, truncated: true }) },
  ],
  [
    'sampling-zero',
    'sampling',
    {
      ...healthy,
      canary: { ...healthy.canary, forced: true },
      sampling: answered({ text: 'probabilistic 0', probability: 0, truncated: false }),
    },
  ],
  ['always-off', 'sampling', { ...healthy, canary: { ...notKept, forced: true } }],
  ['sampled-away', 'sampling', { ...healthy, canary: { ...healthy.canary, forced: true } }],
  ['strategies-unreadable', 'sampling', { ...healthy, sampling: silent }],
  ['otlp-refused', 'export', speaking('refused')],
  ['http-for-grpc', 'export', speaking('http')],
  ['grpc-for-http', 'export', speaking('grpc', 'http')],
  ['plaintext-to-tls', 'export', speaking('grpc over tls')],
  ['otlp-credentials', 'export', speaking('rejected credentials')],
  [
    'tls-to-plaintext',
    'export',
    {
      ...setting({ otlpEndpoint: 'https://localhost:4317' }),
      otlp: answered({ speech: 'something else', wanted: 'grpc' }),
    },
  ],
  ['not-otlp', 'export', speaking('something else')],
  ['sdk-queue-full', 'export', { ...healthy, sdk: answered({ exported: 40, queueFull: 3, lost: 0 }) }],
  ['sdk-export-lost', 'export', { ...healthy, sdk: answered({ exported: 40, queueFull: 0, lost: 3 }) }],
  ['collector-silent', 'collector', { ...healthy, collector: silent }],
  ['memory-limiter', 'collector', counting({ limited: 5, refused: 5 })],
  ['collector-refuses', 'collector', counting({ refused: 5 })],
  ['queue-full', 'collector', counting({ notEnqueued: { 'otlp_grpc/jaeger': 5 } })],
  ['collector-cannot-send', 'collector', counting({ failed: { 'otlp_grpc/jaeger': 5 } })],
  ['nothing-arrives', 'collector', counting({ accepted: 0 })],
  ['queue-nearly-full', 'collector', counting({ queued: { elasticsearch: 0.93 } })],
  ['traces-silent', 'traces', { ...healthy, traces: silent }],
  [
    'tail-sampled',
    'traces',
    { ...counting({ notSampled: 1, sent: {} }), traces: answered({ ...stored, spans: 0 }) },
  ],
  ['jaeger-dropped', 'traces', storing({ spans: 0, whole: false, services: [] })],
  [
    'trace-absent',
    'traces',
    {
      ...storing({ spans: 0, whole: false, services: [] }),
      collector: { state: 'skipped', why: 'it was not named' },
    },
  ],
  [
    'trace-incomplete',
    'traces',
    storing({ spans: 7, whole: false, services: ['ryzanstein-api', 'ryzanstein-gpu'] }),
  ],
  ['clock-skew', 'traces', storing({ skewMs: 4_000 })],
  ['prometheus-silent', 'metrics', { ...healthy, prometheus: silent }],
  ['otlp-receiver-off', 'metrics', measuring({ counted: 0, otlpReceiver: false })],
  ['not-counted', 'metrics', measuring({ counted: 0 })],
  ['exemplar-storage-off', 'exemplar', measuring({ exemplarStorage: false, exemplar: false })],
  ['exemplar-absent', 'exemplar', measuring({ exemplar: false })],
  ['elasticsearch-silent', 'elasticsearch', { ...healthy, elasticsearch: silent }],
  ['elasticsearch-credentials', 'elasticsearch', indexing({ status: 401, spans: 0, logs: 0 })],
  ['elasticsearch-odd', 'elasticsearch', indexing({ status: 503, spans: 0, logs: 0 })],
  ['template-missing', 'elasticsearch', indexing({ templates: false, spans: 0, logs: 0 })],
  [
    'mapping-conflict',
    'elasticsearch',
    counting({ documents: { 'success 200': 10, 'failed_client 400 document_parsing_exception': 1 } }),
  ],
  ['exporter-credentials', 'elasticsearch', counting({ documents: { 'failed_client 401': 4 } })],
  ['documents-absent', 'elasticsearch', indexing({ spans: 0 })],
  [
    'refused-before',
    'elasticsearch',
    {
      ...healthy,
      collector: answered({
        before: { ...quiet, documents: { 'failed_client 400 document_parsing_exception': 2 } },
        after: {
          ...after,
          documents: { ...after.documents, 'failed_client 400 document_parsing_exception': 2 },
        },
      }),
    },
  ],
  ['values-ignored', 'elasticsearch', indexing({ ignored: ['attributes.n'] })],
  ['grafana-silent', 'grafana', { ...healthy, grafana: silent }],
  ['kibana-silent', 'kibana', { ...healthy, kibana: answered({ status: 503 }) }],
];

it.each(table)('tells %s', (id, hop, facts) => {
  const { hops, firstBroken } = diagnose(facts);
  const found = hops.find((finding) => finding.cause?.id === id);
  const known = causes.find((cause) => cause.id === id);
  expect([found?.hop, found?.state]).toEqual([hop, known?.kind]);
  if (known?.kind === 'broken') expect(firstBroken).toBe(found);
  else expect(firstBroken).toBeUndefined();
  expect(found?.cause?.text).toMatch(/^\S.*[^.\s]$/);
  expect(found?.cause?.text).not.toMatch(/undefined|null|NaN/);
  expect(found?.cause?.mend).toMatch(/\.$/);
});

it('has a case for every cause that it knows', () => {
  expect(table.map(([id]) => id)).toEqual(causes.map(({ id }) => id));
});

it('finds nothing where all is well, and says what it did not look at', () => {
  const diagnosis = diagnose(healthy);
  expect(`\n${doctorLines(diagnosis, false).join('\n')}`).toBe(`
✓ configuration  spans go to http://localhost:4317 (the default)
✓ service        localhost:50051 is ready
✓ canary         answered after 71 ms, request doctor-1, trace 0af7651916cd43dd8448eb211c80319c
✓ sampling       kept; probabilistic 1
✓ export         http://localhost:4317 takes OTLP over grpc; 40 spans exported so far
✓ collector      accepted 11 spans, sent 11 to otlp_grpc/jaeger, 11 to elasticsearch
✓ traces         jaeger at http://localhost:16686 has 11 spans of 3 services
✓ metrics        http://localhost:9090 counted 1 call more
✓ exemplar       leads to 0af7651916cd43dd8448eb211c80319c
✓ elasticsearch  http://localhost:9200 has 11 spans and 3 log lines
✓ grafana        http://localhost:3000 answers
– kibana         skipped: nothing listens at http://localhost:5601; --kibana names another

Telemetry arrives; not looked at: kibana.`);
});

it('explains the first broken hop and what is broken by itself, and not what follows', () => {
  const facts: Facts = {
    ...storing({ spans: 0, whole: false, services: [] }),
    collector: silent,
    prometheus: silent,
  };
  const diagnosis = diagnose(facts);
  expect(doctorLines(diagnosis, false).slice(5, 12)).toEqual([
    '✗ collector      http://there: nothing listens there',
    '                 The Collector does not show its metrics (http://there: nothing listens there).',
    '                 Start it, or correct --collector-metrics; its metrics have a port of their own, 8888.',
    '✗ traces         jaeger at http://there has 0 spans of 0 services (follows from collector)',
    '✗ metrics        http://there: nothing listens there',
    '                 Prometheus does not answer (http://there: nothing listens there).',
    '                 Start it, or name another with --prometheus; `--prometheus none` leaves it out.',
  ]);
  expect(doctorJson(diagnosis, facts)).toMatchObject({
    first_broken: 'collector',
    hops: expect.arrayContaining([expect.objectContaining({ hop: 'traces', follows_from: 'collector' })]),
  });
  expect(diagnosis.hops.filter(({ followsFrom }) => followsFrom !== undefined).map(({ hop }) => hop)).toEqual(
    ['traces'],
  );
});

it('takes the word of the Collector for Elasticsearch where that cannot be asked', () => {
  const why = 'nothing listens at http://localhost:9200';
  const { hops } = diagnose({ ...healthy, elasticsearch: { state: 'skipped', why } });
  expect(hops.find(({ hop }) => hop === 'elasticsearch')).toEqual({
    hop: 'elasticsearch',
    state: 'ok',
    evidence: `took 14 documents from the Collector (${why})`,
  });
});

it('gives machines the same', () => {
  const facts: Facts = { ...healthy, traces: silent };
  expect(doctorJson(diagnose(facts), facts)).toMatchObject({
    ok: false,
    first_broken: 'traces',
    request_id: 'doctor-1',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    hops: expect.arrayContaining([
      {
        hop: 'traces',
        state: 'broken',
        evidence: 'http://there: nothing listens there',
        cause: {
          id: 'traces-silent',
          text: 'no trace store answers (http://there: nothing listens there)',
          mend: 'Start Jaeger or the embedded store, or name another with --trace-url.',
        },
      },
    ]),
  });
});
