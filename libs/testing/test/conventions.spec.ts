import { TraceContext, type Telemetry } from '@ryzanstein/tracing';
import type { RecordedSpan } from '@ryzanstein/tracing/testing';
import { checkConventions, checkLogs, secret, startTestTelemetry } from '../src/index.ts';

const chatAttributes = {
  'request.id': 'r1',
  'ryzanstein.model': 'm',
  'ryzanstein.tokens.input': 3,
  'ryzanstein.tokens.output': 5,
  'ryzanstein.latency.prefill_ms': 1.5,
  'ryzanstein.latency.decode_ms': 20,
  'ryzanstein.gpu.id': 0,
  'ryzanstein.batch.size': 1,
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'llama_cpp',
  'gen_ai.request.model': 'm',
  'gen_ai.response.model': 'm',
  'gen_ai.response.finish_reasons': ['stop'],
  'gen_ai.usage.input_tokens': 3,
  'gen_ai.usage.output_tokens': 5,
};

function span(changed: Partial<RecordedSpan> = {}): RecordedSpan {
  return {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    parentSpanId: undefined,
    name: 'chat m',
    kind: 'INTERNAL',
    service: 'ryzanstein-inference',
    scope: '@ryzanstein/inference-engine',
    status: 'UNSET',
    statusMessage: undefined,
    attributes: chatAttributes,
    events: [{ name: 'first_token', epochMs: 1, attributes: {} }],
    links: [],
    startEpochMs: 1,
    endEpochMs: 2,
    traceState: undefined,
    traceFlags: 1,
    resource: {},
    ...changed,
  };
}
const having = (attributes: RecordedSpan['attributes']) =>
  checkConventions([span({ attributes: { ...chatAttributes, ...attributes } })]);

describe('checkConventions', () => {
  it('accepts what is in the registry', () => {
    expect(checkConventions([span()])).toEqual([]);
  });

  it.each([
    ['a name that is not in it', { name: 'chatter' }, '"chatter" (INTERNAL) is not a span of the registry'],
    ['a kind that it has not', { kind: 'PRODUCER' }, '"chat m" (PRODUCER) is not a span of the registry'],
    [
      'an event that is not in it',
      { events: [{ name: 'last_token', epochMs: 1, attributes: {} }] },
      '"chat m" has an event "last_token", which is not in the registry',
    ],
    [
      'an attribute of a link that is not in it',
      { links: [{ traceId: '', spanId: '', attributes: { colour: 'red' } }] },
      'a link of "chat m" has the attribute "colour", which is not in the registry',
    ],
    [
      'an error without its type',
      { status: 'ERROR' },
      '"chat m" (INTERNAL) is an error and has no error.type',
    ],
  ] as const)('names %s', (_title, changed, sentence) => {
    expect(checkConventions([span(changed as Partial<RecordedSpan>)])).toEqual([sentence]);
  });

  it('asks no span that its process did not live to end how it ended', () => {
    const call = (attributes: RecordedSpan['attributes']) =>
      checkConventions([
        span({
          name: 'shop.v1.Shop/Ask',
          kind: 'SERVER',
          status: 'ERROR',
          events: [],
          attributes: {
            'request.id': 'r1',
            'rpc.system.name': 'grpc',
            'rpc.method': 'shop.v1.Shop/Ask',
            'server.address': 'localhost',
            ...attributes,
          },
        }),
      ]);
    const without = ['"shop.v1.Shop/Ask" (SERVER) has no rpc.response.status_code'];
    const recovered = { 'ryzanstein.span.recovered': true };
    expect(call({ ...recovered, 'error.type': 'PROCESS_KILLED' })).toEqual([]);
    // It had ended, and was not sent.
    expect(call({ ...recovered, 'error.type': 'UNAVAILABLE' })).toEqual(without);
    expect(call({ 'error.type': 'PROCESS_KILLED' })).toEqual(without);
  });

  it.each([
    [{ colour: 'red' }, '"chat m" has the attribute "colour", which is not in the registry'],
    [
      { 'rpc.system': 'grpc' },
      '"chat m" has the deprecated attribute "rpc.system"; it is rpc.system.name now',
    ],
    [{ 'ryzanstein.gpu.id': 1.5 }, '"chat m" has ryzanstein.gpu.id = 1.5, which is no int'],
    [{ 'ryzanstein.gpu.id': '1' }, '"chat m" has ryzanstein.gpu.id = "1", which is no int'],
    [
      { 'ryzanstein.latency.decode_ms': Number.NaN },
      '"chat m" has ryzanstein.latency.decode_ms = NaN, which is no double',
    ],
    [{ 'gen_ai.request.stream': 'yes' }, '"chat m" has gen_ai.request.stream = "yes", which is no boolean'],
    [{ 'ryzanstein.model': 7 }, '"chat m" has ryzanstein.model = 7, which is no string'],
    [
      { 'gen_ai.response.finish_reasons': 'stop' },
      '"chat m" has gen_ai.response.finish_reasons = "stop", which is no string[]',
    ],
    [
      { 'ryzanstein.model': 'Why is the sky blue?' },
      '"chat m" has ryzanstein.model = "Why is the sky blue?": words, where a prompt might stand',
    ],
  ])('names what is wrong with %j', (attributes, sentence) => {
    expect(having(attributes)).toEqual([sentence]);
  });

  it('names every attribute that a span may not be without', () => {
    const rpc = {
      name: 'ryzanstein.api.v1.LlmService/Chat',
      kind: 'SERVER',
      scope: '@opentelemetry/instrumentation-grpc',
      events: [],
    } as const;
    expect(checkConventions([span({ ...rpc, attributes: {} })])).toEqual(
      ['request.id', 'rpc.system.name', 'rpc.method', 'rpc.response.status_code', 'server.address'].map(
        (key) => `"ryzanstein.api.v1.LlmService/Chat" (SERVER) has no ${key}`,
      ),
    );
    const missing = Object.keys(chatAttributes).map((key) => `"chat m" (INTERNAL) has no ${key}`);
    expect(checkConventions([span({ attributes: {} })]).toSorted()).toEqual(missing.toSorted());
  });

  it('finds what a user said, wherever it stands, and does not repeat it', () => {
    secret('platypus', 'ornithorhynchus');
    const where = (one: string) => `${one} holds a text of a user (8 characters)`;
    expect(having({ 'ryzanstein.model': 'my-platypus' })).toEqual([where('ryzanstein.model of "chat m"')]);
    expect(checkConventions([span({ statusMessage: 'no platypus here' })])).toEqual([
      where('the status of "chat m"'),
    ]);
  });

  it("leaves to others what is theirs: a library's spans, and those of an application", () => {
    expect(checkConventions([span({ scope: 'their-library', name: 'anything', attributes: {} })])).toEqual(
      [],
    );
  });
});

describe('what a test records', () => {
  let telemetry: Telemetry;
  afterEach(() => telemetry.shutdown());

  it("is checked where it is the mesh's, and free where it is an application's", () => {
    let recorder;
    ({ telemetry, recorder } = startTestTelemetry({
      serviceName: 'ryzanstein-inference',
      env: { OTEL_TRACES_SAMPLER: 'always_on' },
    }));
    telemetry.tracer.startSpan('inference-request', (own) => own.setAttribute('model', 'bitnet 7b'));
    const parent = TraceContext.fromHeaders({});
    const attributes = { ...chatAttributes };
    telemetry.tracer
      .scoped('@ryzanstein/inference-engine')
      .recordSpan({ name: 'chat m', parent, startEpochMs: 1, endEpochMs: 2, attributes });
    expect(recorder.spans.map(({ scope }) => scope)).toEqual([
      '@ryzanstein/inference-engine',
      'ryzanstein-inference',
    ]);
  });
});

describe('checkLogs', () => {
  const record = (attributes: Record<string, unknown>, body = 'lease granted') =>
    checkLogs([{ resource: { attributes: { 'service.name': 'ryzanstein-gpu' } }, body, attributes }]);

  it('accepts what is in the registry', () => {
    expect(record({ lease_id: 'lease-1', queue_position: 0, waited_ms: 1.5, 'request.id': 'r1' })).toEqual(
      [],
    );
  });

  it('names what is not, and what has the wrong type', () => {
    expect(record({ colour: 'red', queue_position: 'two' })).toEqual([
      'the log record "lease granted" has the attribute "colour", which is not in the registry',
      'the log record "lease granted" has queue_position = "two", which is no int',
    ]);
  });

  it('finds what a user said', () => {
    secret('platypus');
    expect(record({ reason: 'a platypus' }, 'platypus seen')).toEqual([
      'a log record holds a text of a user (8 characters)',
      'reason of a log record holds a text of a user (8 characters)',
    ]);
  });

  it('leaves to applications what is theirs', () => {
    expect(checkLogs([{ service: 'shop', body: 'sold', attributes: { colour: 'red' } }])).toEqual([]);
  });
});
