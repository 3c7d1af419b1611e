import { failed, small, startMs, startWithTraces } from '../../test/stored-traces.ts';
import { query } from '../../test/otlp-client.ts';
import type { Tracebox } from '../index.ts';

describe('Jaeger’s query API v1', () => {
  let box: Tracebox;
  beforeAll(async () => {
    box = await startWithTraces();
  });
  afterAll(() => box.stop());
  const get = (path: string) => query(box, path);

  it('lists services and operations', async () => {
    expect((await get('/api/services')).body).toEqual({
      data: ['one', 'ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference', 'two'],
      total: 5,
      limit: 0,
      offset: 0,
      errors: null,
    });
    expect((await get('/api/services/one/operations')).body).toMatchObject({ data: ['GET /a'], total: 1 });
    expect((await get('/api/operations?service=two')).body).toMatchObject({
      data: [{ name: 'work', spanKind: 'internal' }],
    });
  });

  it('gives a trace', async () => {
    const { status, body } = await get(`/api/traces/${small.traceId}`);
    expect(status).toBe(200);
    expect(body).toMatchInlineSnapshot(`
       {
         "data": [
           {
             "processes": {
               "p1": {
                 "serviceName": "one",
                 "tags": [
                   {
                     "key": "service.version",
                     "type": "string",
                     "value": "0.1.0",
                   },
                   {
                     "key": "service.namespace",
                     "type": "string",
                     "value": "ryzanstein",
                   },
                   {
                     "key": "service.instance.id",
                     "type": "string",
                     "value": "7692c3ad3540",
                   },
                   {
                     "key": "deployment.environment.name",
                     "type": "string",
                     "value": "development",
                   },
                   {
                     "key": "host.name",
                     "type": "string",
                     "value": "laptop",
                   },
                   {
                     "key": "host.arch",
                     "type": "string",
                     "value": "amd64",
                   },
                   {
                     "key": "process.pid",
                     "type": "int64",
                     "value": 4711,
                   },
                   {
                     "key": "process.runtime.name",
                     "type": "string",
                     "value": "nodejs",
                   },
                   {
                     "key": "process.runtime.version",
                     "type": "string",
                     "value": "24.21.0",
                   },
                 ],
               },
               "p2": {
                 "serviceName": "two",
                 "tags": [
                   {
                     "key": "service.version",
                     "type": "string",
                     "value": "0.1.0",
                   },
                   {
                     "key": "service.namespace",
                     "type": "string",
                     "value": "ryzanstein",
                   },
                   {
                     "key": "service.instance.id",
                     "type": "string",
                     "value": "3fc4ccfe7458",
                   },
                   {
                     "key": "deployment.environment.name",
                     "type": "string",
                     "value": "development",
                   },
                   {
                     "key": "host.name",
                     "type": "string",
                     "value": "laptop",
                   },
                   {
                     "key": "host.arch",
                     "type": "string",
                     "value": "amd64",
                   },
                   {
                     "key": "process.pid",
                     "type": "int64",
                     "value": 4711,
                   },
                   {
                     "key": "process.runtime.name",
                     "type": "string",
                     "value": "nodejs",
                   },
                   {
                     "key": "process.runtime.version",
                     "type": "string",
                     "value": "24.21.0",
                   },
                 ],
               },
             },
             "spans": [
               {
                 "duration": 5500,
                 "flags": 1,
                 "logs": [
                   {
                     "fields": [
                       {
                         "key": "event",
                         "type": "string",
                         "value": "first_token",
                       },
                       {
                         "key": "index",
                         "type": "int64",
                         "value": 0,
                       },
                     ],
                     "timestamp": 1700000000302000,
                   },
                 ],
                 "operationName": "GET /a",
                 "processID": "p1",
                 "references": [],
                 "spanID": "b305eaa7f6c67c26",
                 "startTime": 1700000000300000,
                 "tags": [
                   {
                     "key": "http.status",
                     "type": "int64",
                     "value": 200,
                   },
                   {
                     "key": "ratio",
                     "type": "float64",
                     "value": 0.25,
                   },
                   {
                     "key": "cached",
                     "type": "bool",
                     "value": false,
                   },
                   {
                     "key": "tags",
                     "type": "string",
                     "value": "["x","y"]",
                   },
                   {
                     "key": "span.kind",
                     "type": "string",
                     "value": "server",
                   },
                   {
                     "key": "otel.scope.name",
                     "type": "string",
                     "value": "@ryzanstein/tracing",
                   },
                   {
                     "key": "otel.scope.version",
                     "type": "string",
                     "value": "0.1.0",
                   },
                 ],
                 "traceID": "c49c93a68a36e72d3e56ae67357a4a22",
                 "warnings": null,
               },
               {
                 "duration": 3000,
                 "flags": 1,
                 "logs": [],
                 "operationName": "work",
                 "processID": "p2",
                 "references": [
                   {
                     "refType": "CHILD_OF",
                     "spanID": "b305eaa7f6c67c26",
                     "traceID": "c49c93a68a36e72d3e56ae67357a4a22",
                   },
                   {
                     "refType": "FOLLOWS_FROM",
                     "spanID": "e915e0f3e851ee4d",
                     "traceID": "fde53968e53994697afbe0b0414f93cf",
                   },
                 ],
                 "spanID": "e63c9869b9e31073",
                 "startTime": 1700000000301000,
                 "tags": [
                   {
                     "key": "span.kind",
                     "type": "string",
                     "value": "internal",
                   },
                   {
                     "key": "otel.scope.name",
                     "type": "string",
                     "value": "@ryzanstein/tracing",
                   },
                   {
                     "key": "otel.scope.version",
                     "type": "string",
                     "value": "0.1.0",
                   },
                   {
                     "key": "otel.status_code",
                     "type": "string",
                     "value": "ERROR",
                   },
                   {
                     "key": "error",
                     "type": "bool",
                     "value": true,
                   },
                   {
                     "key": "otel.status_description",
                     "type": "string",
                     "value": "broke",
                   },
                 ],
                 "traceID": "c49c93a68a36e72d3e56ae67357a4a22",
                 "warnings": null,
               },
             ],
             "traceID": "c49c93a68a36e72d3e56ae67357a4a22",
             "warnings": null,
           },
         ],
         "errors": null,
         "limit": 0,
         "offset": 0,
         "total": 1,
       }
      `);
  });

  it.each([
    ['tags', `service=ryzanstein-api&tags=${encodeURIComponent('{"request.id":"req-failed"}')}`],
    ['one tag', 'service=ryzanstein-api&tag=request.id:req-failed'],
    ['error', `service=ryzanstein-api&tags=${encodeURIComponent('{"error":"true"}')}&limit=20&lookback=1h`],
    [
      'operation and duration',
      'service=ryzanstein-inference&operation=decode&minDuration=1ms&maxDuration=10s&tag=error:true',
    ],
    [
      'start and end',
      `service=ryzanstein-api&start=${startMs * 1e3 + 150_000}&end=${startMs * 1e3 + 250_000}`,
    ],
  ])('searches by %s', async (_how, parameters) => {
    const { body } = await get(`/api/traces?${parameters}`);
    const { data } = body as { data: { traceID: string }[] };
    expect(data.map(({ traceID }) => traceID)).toEqual([failed.traceId]);
  });

  it('answers nothing found, unknown and incomplete queries like Jaeger', async () => {
    expect(await get('/api/traces?service=nobody')).toEqual({
      status: 200,
      body: { data: [], total: 0, limit: 0, offset: 0, errors: null },
    });
    expect(await get('/api/traces/abc')).toEqual({
      status: 404,
      body: { data: null, total: 0, limit: 0, offset: 0, errors: [{ code: 404, msg: 'trace not found' }] },
    });
    expect(await get('/api/traces')).toEqual({
      status: 400,
      body: {
        data: null,
        total: 0,
        limit: 0,
        offset: 0,
        errors: [{ code: 400, msg: "parameter 'service' is required" }],
      },
    });
  });
});
