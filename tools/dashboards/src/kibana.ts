/** A saved search of Kibana; its query is Lucene's, so that Elasticsearch can be asked the same. */
export interface SavedSearch {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly view: 'ryzanstein-logs' | 'ryzanstein-traces';
  readonly query: string;
  readonly columns: readonly string[];
}

const logColumns = ['service.name', 'severity_text', 'body.text', 'request.id', 'trace_id'];
const spanColumns = ['service.name', 'name', 'duration', 'status.code', 'request.id', 'trace_id'];

/** Every search that is imported. */
export const savedSearches: readonly SavedSearch[] = [
  {
    id: 'ryzanstein-requests',
    title: 'Requests',
    about: 'One record of api-server for each request, and what was told of it.',
    view: 'ryzanstein-logs',
    query: 'service.name:"ryzanstein-api" AND _exists_:request.id',
    columns: [
      'body.text',
      'method',
      'outcome',
      'model',
      'ttft_ms',
      'total_ms',
      'completion_tokens',
      'trace_id',
    ],
  },
  {
    id: 'ryzanstein-problems',
    title: 'Warnings and errors',
    about: 'Of every service.',
    view: 'ryzanstein-logs',
    query: 'severity_number:>=13',
    columns: [...logColumns, 'exception.type', 'exception.message'],
  },
  {
    id: 'ryzanstein-all-logs',
    title: 'Logs',
    about: 'Every record of the mesh; a trace id leads to the trace.',
    view: 'ryzanstein-logs',
    query: '*',
    columns: logColumns,
  },
  {
    id: 'ryzanstein-errors',
    title: 'Spans that are errors',
    about: 'With the reason, and the way to the trace.',
    view: 'ryzanstein-traces',
    query: 'status.code:Error',
    columns: [...spanColumns, 'error.type', 'status.message'],
  },
  {
    id: 'ryzanstein-generations',
    title: 'Generations',
    about: 'The engine’s span of each: tokens, times, batch, device.',
    view: 'ryzanstein-traces',
    query: '_exists_:ryzanstein.tokens.output',
    columns: [
      'name',
      'duration',
      'ryzanstein.tokens.input',
      'ryzanstein.tokens.output',
      'ryzanstein.latency.prefill_ms',
      'ryzanstein.latency.decode_ms',
      'ryzanstein.batch.size',
      'ryzanstein.gpu.id',
      'trace_id',
    ],
  },
  {
    id: 'ryzanstein-malformed',
    title: 'Values that do not fit',
    about: 'Records with a value of another type than its field has.',
    view: 'ryzanstein-logs',
    query: '_exists_:_ignored',
    columns: [...logColumns, '_ignored'],
  },
];

// Kibana shows these fields as links.
const traceLink = {
  trace_id: {
    id: 'url',
    params: { urlTemplate: 'http://localhost:16686/trace/{{value}}', labelTemplate: '{{value}}' },
  },
};

const view = (id: SavedSearch['view'], title: string, name: string) => ({
  id,
  type: 'index-pattern',
  attributes: { title, name, timeFieldName: '@timestamp', fieldFormatMap: JSON.stringify(traceLink) },
  references: [],
  coreMigrationVersion: '8.8.0',
  typeMigrationVersion: '8.0.0',
});

const reference = 'kibanaSavedObjectMeta.searchSourceJSON.index';

const search = ({ id, title, about, view, query, columns }: SavedSearch) => ({
  id,
  type: 'search',
  attributes: {
    title: `Ryzanstein: ${title}`,
    description: about,
    columns,
    sort: [['@timestamp', 'desc']],
    grid: {},
    hideChart: false,
    kibanaSavedObjectMeta: {
      searchSourceJSON: JSON.stringify({
        query: { query, language: 'lucene' },
        filter: [],
        indexRefName: reference,
      }),
    },
  },
  references: [{ id: view, name: reference, type: 'index-pattern' }],
  coreMigrationVersion: '8.8.0',
  typeMigrationVersion: '8.0.0',
});

/** The file that Kibana imports: an object a line. */
export function savedObjects(): string {
  const objects = [
    view('ryzanstein-logs', 'logs-ryzanstein.otel-*', 'Ryzanstein logs'),
    view('ryzanstein-traces', 'traces-ryzanstein.otel-*', 'Ryzanstein spans'),
    ...savedSearches.map(search),
  ];
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
}
