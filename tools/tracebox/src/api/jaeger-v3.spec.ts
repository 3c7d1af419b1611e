import { failed, holder, small, startWithTraces, waiter } from '../../test/stored-traces.ts';
import { query } from '../../test/otlp-client.ts';
import type { Tracebox } from '../index.ts';

const window = 'query.start_time_min=2023-11-14T00:00:00Z&query.start_time_max=2023-11-15T00:00:00.5%2B00:00';

describe('Jaeger’s query API v3', () => {
  let box: Tracebox;
  beforeAll(async () => {
    box = await startWithTraces();
  });
  afterAll(() => box.stop());
  const get = (path: string) => query(box, path);
  const idsOf = (found: { body: unknown }): string[] => {
    const { result } = found.body as {
      result?: { resourceSpans: { scopeSpans: { spans: { traceId: string }[] }[] }[] };
    };
    const spans = (result?.resourceSpans ?? []).flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((s) => s.spans),
    );
    return [...new Set(spans.map(({ traceId }) => traceId))];
  };

  it('lists services and operations', async () => {
    expect((await get('/api/v3/services')).body).toEqual({
      services: ['one', 'ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference', 'two'],
    });
    expect((await get('/api/v3/operations?service=ryzanstein-gpu')).body).toEqual({
      operations: [
        { name: 'gpu.lease.wait', spanKind: 'internal' },
        { name: 'ryzanstein.gpu.v1.GpuCoordinator/Acquire', spanKind: 'server' },
        { name: 'ryzanstein.gpu.v1.GpuCoordinator/Release', spanKind: 'server' },
      ],
    });
    expect((await get('/api/v3/operations?service=ryzanstein-gpu&span_kind=internal')).body).toEqual({
      operations: [{ name: 'gpu.lease.wait', spanKind: 'internal' }],
    });
    expect((await get('/api/v3/operations')).status).toBe(400);
  });

  it('gives a trace as OTLP/JSON', async () => {
    const { status, body } = await get(`/api/v3/traces/${small.traceId.toUpperCase()}`);
    expect(status).toBe(200);
    expect(body).toMatchInlineSnapshot(`
       {
         "result": {
           "resourceSpans": [
             {
               "resource": {
                 "attributes": [
                   {
                     "key": "service.name",
                     "value": {
                       "stringValue": "one",
                     },
                   },
                   {
                     "key": "service.version",
                     "value": {
                       "stringValue": "0.1.0",
                     },
                   },
                   {
                     "key": "service.namespace",
                     "value": {
                       "stringValue": "ryzanstein",
                     },
                   },
                   {
                     "key": "service.instance.id",
                     "value": {
                       "stringValue": "7692c3ad3540",
                     },
                   },
                   {
                     "key": "deployment.environment.name",
                     "value": {
                       "stringValue": "development",
                     },
                   },
                   {
                     "key": "host.name",
                     "value": {
                       "stringValue": "laptop",
                     },
                   },
                   {
                     "key": "host.arch",
                     "value": {
                       "stringValue": "amd64",
                     },
                   },
                   {
                     "key": "process.pid",
                     "value": {
                       "intValue": "4711",
                     },
                   },
                   {
                     "key": "process.runtime.name",
                     "value": {
                       "stringValue": "nodejs",
                     },
                   },
                   {
                     "key": "process.runtime.version",
                     "value": {
                       "stringValue": "24.21.0",
                     },
                   },
                 ],
               },
               "scopeSpans": [
                 {
                   "scope": {
                     "name": "@ryzanstein/tracing",
                     "version": "0.1.0",
                   },
                   "spans": [
                     {
                       "attributes": [
                         {
                           "key": "http.status",
                           "value": {
                             "intValue": "200",
                           },
                         },
                         {
                           "key": "ratio",
                           "value": {
                             "doubleValue": 0.25,
                           },
                         },
                         {
                           "key": "cached",
                           "value": {
                             "boolValue": false,
                           },
                         },
                         {
                           "key": "tags",
                           "value": {
                             "arrayValue": {
                               "values": [
                                 {
                                   "stringValue": "x",
                                 },
                                 {
                                   "stringValue": "y",
                                 },
                               ],
                             },
                           },
                         },
                       ],
                       "endTimeUnixNano": "1700000000305500000",
                       "events": [
                         {
                           "attributes": [
                             {
                               "key": "index",
                               "value": {
                                 "intValue": "0",
                               },
                             },
                           ],
                           "name": "first_token",
                           "timeUnixNano": "1700000000302000000",
                         },
                       ],
                       "flags": 257,
                       "kind": 2,
                       "name": "GET /a",
                       "spanId": "b305eaa7f6c67c26",
                       "startTimeUnixNano": "1700000000300000000",
                       "status": {},
                       "traceId": "c49c93a68a36e72d3e56ae67357a4a22",
                     },
                   ],
                 },
               ],
             },
             {
               "resource": {
                 "attributes": [
                   {
                     "key": "service.name",
                     "value": {
                       "stringValue": "two",
                     },
                   },
                   {
                     "key": "service.version",
                     "value": {
                       "stringValue": "0.1.0",
                     },
                   },
                   {
                     "key": "service.namespace",
                     "value": {
                       "stringValue": "ryzanstein",
                     },
                   },
                   {
                     "key": "service.instance.id",
                     "value": {
                       "stringValue": "3fc4ccfe7458",
                     },
                   },
                   {
                     "key": "deployment.environment.name",
                     "value": {
                       "stringValue": "development",
                     },
                   },
                   {
                     "key": "host.name",
                     "value": {
                       "stringValue": "laptop",
                     },
                   },
                   {
                     "key": "host.arch",
                     "value": {
                       "stringValue": "amd64",
                     },
                   },
                   {
                     "key": "process.pid",
                     "value": {
                       "intValue": "4711",
                     },
                   },
                   {
                     "key": "process.runtime.name",
                     "value": {
                       "stringValue": "nodejs",
                     },
                   },
                   {
                     "key": "process.runtime.version",
                     "value": {
                       "stringValue": "24.21.0",
                     },
                   },
                 ],
               },
               "scopeSpans": [
                 {
                   "scope": {
                     "name": "@ryzanstein/tracing",
                     "version": "0.1.0",
                   },
                   "spans": [
                     {
                       "endTimeUnixNano": "1700000000304000000",
                       "flags": 257,
                       "kind": 1,
                       "links": [
                         {
                           "attributes": [
                             {
                               "key": "why",
                               "value": {
                                 "stringValue": "same device",
                               },
                             },
                           ],
                           "spanId": "e915e0f3e851ee4d",
                           "traceId": "fde53968e53994697afbe0b0414f93cf",
                         },
                       ],
                       "name": "work",
                       "parentSpanId": "b305eaa7f6c67c26",
                       "spanId": "e63c9869b9e31073",
                       "startTimeUnixNano": "1700000000301000000",
                       "status": {
                         "code": 2,
                         "message": "broke",
                       },
                       "traceId": "c49c93a68a36e72d3e56ae67357a4a22",
                     },
                   ],
                 },
               ],
             },
           ],
         },
       }
      `);
  });

  it('answers unknown and unreadable ids like Jaeger', async () => {
    expect(await get('/api/v3/traces/00000000000000000000000000000abc')).toEqual({
      status: 404,
      body: { error: { httpCode: 404, message: 'No traces found' } },
    });
    expect((await get('/api/v3/traces/xyz')).status).toBe(400);
  });

  it.each([
    [
      'snake case',
      `query.service_name=ryzanstein-gpu&query.operation_name=gpu.lease.wait&query.num_traces=20&${window}`,
    ],
    [
      'camel case',
      'query.serviceName=ryzanstein-gpu&query.operationName=gpu.lease.wait&query.searchDepth=20&query.startTimeMin=2023-11-14T00:00:00Z&query.startTimeMax=2023-11-15T00:00:00Z',
    ],
    [
      'both',
      `query.service_name=ryzanstein-gpu&query.serviceName=ryzanstein-gpu&query.operation_name=gpu.lease.wait&query.search_depth=5&${window}`,
    ],
    ['attributes', `query.attributes=${encodeURIComponent('{"request.id":"req-waiter"}')}&${window}`],
    [
      'durations',
      `query.service_name=ryzanstein-gpu&query.duration_min=70ms&query.durationMax=1s&query.operation_name=gpu.lease.wait&${window}`,
    ],
  ])('searches by %s', async (_how, parameters) => {
    expect(idsOf(await get(`/api/v3/traces?${parameters}`))).toEqual([waiter.traceId]);
  });

  it('bounds a search by depth and time, newest first', async () => {
    const two = await get(`/api/v3/traces?query.service_name=ryzanstein-api&query.num_traces=2&${window}`);
    expect(idsOf(two).toSorted()).toEqual([failed.traceId, waiter.traceId].toSorted());
    const early = 'query.start_time_min=2023-11-14T22:13:20Z&query.start_time_max=2023-11-14T22:13:20.050Z';
    expect(idsOf(await get(`/api/v3/traces?${early}`))).toEqual([holder.traceId]);
  });

  it('says what is missing or wrong', async () => {
    const message = async (parameters: string) => {
      const { status, body } = await get(`/api/v3/traces?${parameters}`);
      return [status, (body as { error: { message: string } }).error.message];
    };
    expect(await message('query.service_name=one')).toEqual([
      400,
      'query.start_time_min and query.start_time_max are required',
    ]);
    expect(await message(`query.service_name=nobody&${window}`)).toEqual([404, 'No traces found']);
    expect(await message(`query.attributes=x&${window}`)).toEqual([
      400,
      'query.attributes must be a JSON object such as {"error":"true"}.',
    ]);
    expect(await message(`query.num_traces=0&${window}`)).toEqual([
      400,
      'query.search_depth must be a whole number of at least 1.',
    ]);
    expect(await message('query.start_time_min=yesterday&query.start_time_max=now')).toEqual([
      400,
      'query.start_time_min must be a time such as 2026-01-31T12:00:00Z.',
    ]);
  });

  it('sums traces up', async () => {
    const { body } = await get(`/api/v3/trace-summaries?query.service_name=one&${window}`);
    expect(body).toEqual({
      summaries: [
        {
          traceId: small.traceId,
          rootServiceName: 'one',
          rootOperationName: 'GET /a',
          minStartTimeUnixNano: '1700000000300000000',
          maxEndTimeUnixNano: '1700000000305500000',
          spanCount: 2,
          services: [
            { name: 'one', spanCount: 1 },
            { name: 'two', spanCount: 1 },
          ],
        },
      ],
    });
  });
});
