import { status } from '@grpc/grpc-js';
import { deflateSync, gzipSync } from 'node:zlib';
import { chatTrace, logRequest } from '../../test/mesh-traces.ts';
import { exportGrpc, plainOf, protobufOf, query, startOnFreePorts } from '../../test/otlp-client.ts';
import type { Tracebox } from '../index.ts';

/** One span as `@opentelemetry/otlp-transformer` writes it. */
const fromSdk = Buffer.from(
  '0ad6020a220a150a0c736572766963652e6e616d6512050a037376630a070a016e12021803100012af020a0e0a0573636f70651205312e322e33129c020a100af7651916cd43dd8448eb211c80319c1208b7ad6b7169203331220800f067aa0ba902b72a026f7030023915cd853dfe9c97174105cac471fe9c97174a0c0a047465787412040a02c3a94a090a03696e741202182a4a120a036e6567120b18f9ffffffffffffffff014a100a03626967120918ffffffffffffff0f4a130a06646f75626c65120921000000000000f83f4a0a0a04626f6f6c120210014a140a046c697374120c2a0a0a030a01610a030a016250015a21090065f753fe9c9717120b66697273745f746f6b656e1a070a016912021800200060006a2d0a101af7651916cd43dd8448eb211c80319c1208c7ad6b716920333122080a016b12030a01762800350101000070007a081204626f6f6d1802850101010000',
  'hex',
);

describe('the OTLP receivers', () => {
  let box: Tracebox;
  beforeAll(async () => {
    box = await startOnFreePorts();
  });
  afterAll(() => box.stop());

  const post = async (body: string | Buffer, headers: Record<string, string>, path = '/v1/traces') => {
    const response = await fetch(`http://${box.addresses.otlpHttp}${path}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers,
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: Buffer.from(await response.arrayBuffer()),
    };
  };
  const stored = async (traceId: string) => {
    const { status: code, body } = await query(box, `/api/tracebox/traces/${traceId}`);
    return code === 200 ? (body as { spans: { name: string }[]; logs: { body: unknown }[] }) : undefined;
  };
  const traceService = 'trace.v1.TraceService';

  it('keeps every field of a span that an SDK sends over gRPC', async () => {
    const answer = await exportGrpc(box.addresses.otlpGrpc, traceService, fromSdk);
    expect(answer.length).toBe(0);
    const { body } = await query(box, '/api/v3/traces/0af7651916cd43dd8448eb211c80319c');
    expect(body).toEqual({
      result: {
        resourceSpans: [
          {
            resource: {
              attributes: [
                { key: 'service.name', value: { stringValue: 'svc' } },
                { key: 'n', value: { intValue: '3' } },
              ],
            },
            scopeSpans: [
              {
                scope: { name: 'scope', version: '1.2.3' },
                spans: [
                  {
                    traceId: '0af7651916cd43dd8448eb211c80319c',
                    spanId: 'b7ad6b7169203331',
                    parentSpanId: '00f067aa0ba902b7',
                    flags: 257,
                    name: 'op',
                    kind: 2,
                    startTimeUnixNano: '1700000000123456789',
                    endTimeUnixNano: '1700000001000000005',
                    attributes: [
                      { key: 'text', value: { stringValue: 'é' } },
                      { key: 'int', value: { intValue: '42' } },
                      { key: 'neg', value: { intValue: '-7' } },
                      { key: 'big', value: { intValue: '9007199254740991' } },
                      { key: 'double', value: { doubleValue: 1.5 } },
                      { key: 'bool', value: { boolValue: true } },
                      {
                        key: 'list',
                        value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } },
                      },
                    ],
                    droppedAttributesCount: 1,
                    events: [
                      {
                        timeUnixNano: '1700000000500000000',
                        name: 'first_token',
                        attributes: [{ key: 'i', value: { intValue: '0' } }],
                      },
                    ],
                    links: [
                      {
                        traceId: '1af7651916cd43dd8448eb211c80319c',
                        spanId: 'c7ad6b7169203331',
                        attributes: [{ key: 'k', value: { stringValue: 'v' } }],
                        flags: 257,
                      },
                    ],
                    status: { message: 'boom', code: 2 },
                  },
                ],
              },
            ],
          },
        ],
      },
    });
  });

  it('stores the same from gRPC, HTTP protobuf and HTTP JSON, packed or not', async () => {
    const ways: Record<string, (json: object) => Promise<unknown>> = {
      grpc: (json) =>
        exportGrpc(box.addresses.otlpGrpc, traceService, protobufOf('ExportTraceServiceRequest', json)),
      'grpc-gzip': (json) =>
        exportGrpc(
          box.addresses.otlpGrpc,
          traceService,
          protobufOf('ExportTraceServiceRequest', json),
          'gzip',
        ),
      protobuf: (json) =>
        post(protobufOf('ExportTraceServiceRequest', json), { 'content-type': 'application/x-protobuf' }),
      'protobuf-gzip': (json) =>
        post(gzipSync(protobufOf('ExportTraceServiceRequest', json)), {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'gzip',
        }),
      json: (json) => post(JSON.stringify(json), { 'content-type': 'application/json; charset=utf-8' }),
      'json-deflate': (json) =>
        post(deflateSync(JSON.stringify(json)), {
          'content-type': 'application/json',
          'content-encoding': 'deflate',
        }),
    };
    const spans: unknown[] = [];
    for (const [way, send] of Object.entries(ways)) {
      const made = chatTrace(`by-${way}-`, 1_700_000_000_000);
      await send(made.request);
      const trace = await stored(made.traceId);
      const names = Object.entries(made.spanIds);
      const text = names.reduce(
        (all, [key, id]) => all.replaceAll(id, key),
        JSON.stringify(trace?.spans).replaceAll(made.traceId, 'trace').replaceAll(`by-${way}-`, 'way'),
      );
      spans.push(JSON.parse(text));
    }
    expect(spans[0]).toHaveLength(11);
    for (const others of spans.slice(1)) expect(others).toEqual(spans[0]);
  });

  it('answers in the encoding of the request', async () => {
    const made = chatTrace('answer', 1_700_000_000_000).request;
    const json = await post(JSON.stringify(made), { 'content-type': 'application/json' });
    expect([json.status, json.type, json.body.toString()]).toEqual([200, 'application/json', '{}']);
    const binary = await post(protobufOf('ExportTraceServiceRequest', made), {
      'content-type': 'application/x-protobuf',
    });
    expect([binary.status, binary.type, binary.body.length]).toEqual([200, 'application/x-protobuf', 0]);
  });

  it('takes a retried batch once', async () => {
    const made = chatTrace('retried', 1_700_000_000_000);
    const logs = logRequest('ryzanstein-api', [
      { traceId: made.traceId, epochMs: 1_700_000_000_001, message: 'once' },
    ]);
    for (let round = 0; round < 3; round++) {
      await post(JSON.stringify(made.request), { 'content-type': 'application/json' });
      await post(JSON.stringify(logs), { 'content-type': 'application/json' }, '/v1/logs');
    }
    const trace = await stored(made.traceId);
    expect(trace?.spans).toHaveLength(11);
    expect(trace?.logs).toHaveLength(1);
    const { body } = await query(box, '/api/tracebox/search?requestId=req-retried');
    expect(body).toMatchObject({ traces: [{ spanCount: 11, errorCount: 0 }], more: false });
  });

  it('keeps logs with a trace id, and takes others without keeping them', async () => {
    const made = chatTrace('logged', 1_700_000_000_000);
    const request = logRequest('ryzanstein-gpu', [
      {
        traceId: made.traceId,
        spanId: made.spanIds.acquired ?? '',
        epochMs: 1,
        severity: 'WARN',
        message: 'slow',
      },
      { epochMs: 2, message: 'listening' },
    ]);
    await exportGrpc(
      box.addresses.otlpGrpc,
      'logs.v1.LogsService',
      protobufOf('ExportLogsServiceRequest', request),
    );
    expect(await stored(made.traceId)).toMatchObject({
      spans: [],
      logs: [
        {
          service: 'ryzanstein-gpu',
          spanId: made.spanIds.acquired,
          severityText: 'WARN',
          severityNumber: 13,
          body: { stringValue: 'slow' },
        },
      ],
    });
  });

  it('takes metrics', async () => {
    const grpc = await exportGrpc(
      box.addresses.otlpGrpc,
      'metrics.v1.MetricsService',
      protobufOf('ExportMetricsServiceRequest', { resourceMetrics: [{ resource: { attributes: [] } }] }),
    );
    expect(grpc.length).toBe(0);
    const http = await post(
      '{"resourceMetrics":[{}]}',
      { 'content-type': 'application/json' },
      '/v1/metrics',
    );
    expect(http.status).toBe(200);
  });

  it('rejects single spans that cannot be stored, and says how many', async () => {
    const made = chatTrace('partial', 1_700_000_000_000);
    const [group] = made.request.resourceSpans as { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
    const spans = group?.scopeSpans[0]?.spans ?? [];
    spans.push(
      { ...spans[0], spanId: '0000000000000000' },
      { ...spans[0], traceId: 'abcd' },
      { ...spans[0], spanId: 'abcdefabcdefabcd', endTimeUnixNano: '18446744073709551615' },
    );
    const json = await post(JSON.stringify(made.request), { 'content-type': 'application/json' });
    expect([json.status, JSON.parse(json.body.toString())]).toEqual([
      200,
      { partialSuccess: { rejectedSpans: '3', errorMessage: 'A span id must be 8 bytes, not all zero.' } },
    ]);
    const grpc = await exportGrpc(
      box.addresses.otlpGrpc,
      traceService,
      protobufOf('ExportTraceServiceRequest', made.request),
    );
    expect(plainOf('ExportTraceServiceResponse', grpc)).toEqual({
      partialSuccess: { rejectedSpans: '3', errorMessage: 'A span id must be 8 bytes, not all zero.' },
    });
    expect((await stored(made.traceId))?.spans).toHaveLength(11);
  });

  it.each([
    ['no JSON', '{"resourceSpans":[', 'application/json', 400, 'The body is not JSON.'],
    ['a JSON list', '[]', 'application/json', 400, 'The body must be a JSON object.'],
    [
      'a wrong type',
      '{"resourceSpans":7}',
      'application/json',
      400,
      'resourceSpans must be a list of objects.',
    ],
    [
      'a wrong type deep inside',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"links":[{"attributes":{}}],"traceId":"11111111111111111111111111111111","spanId":"1111111111111111"}]}]}]}',
      'application/json',
      400,
      'attributes must be a list of objects.',
    ],
    [
      'an id that is not hex',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz"}]}]}]}',
      'application/json',
      400,
      'traceId must be hexadecimal.',
    ],
    [
      'no protobuf',
      '\x0a\xff\xff\xff\xff\xff',
      'application/x-protobuf',
      400,
      'The body is not a protobuf ExportTraceServiceRequest.',
    ],
    [
      'another type',
      'hello',
      'text/plain',
      415,
      'The content type must be application/x-protobuf or application/json.',
    ],
  ])('refuses %s over HTTP', async (_what, body, type, code, message) => {
    const answer = await post(body, { 'content-type': type });
    expect(answer.status).toBe(code);
    const said =
      type === 'application/x-protobuf'
        ? plainOf('RpcStatus', answer.body)
        : JSON.parse(answer.body.toString());
    expect(said).toEqual({ code: 3, message });
  });

  it('refuses what is too large, packed or not, and what is packed wrongly', async () => {
    const large = Buffer.alloc(9 * 1024 * 1024, ' ');
    const json = { 'content-type': 'application/json' };
    expect((await post(large, json)).status).toBe(413);
    expect((await post(gzipSync(large), { ...json, 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await post('hello', { ...json, 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post('{}', { ...json, 'content-encoding': 'br' })).status).toBe(415);
    await expect(exportGrpc(box.addresses.otlpGrpc, traceService, large)).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    await expect(exportGrpc(box.addresses.otlpGrpc, traceService, large, 'gzip')).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
  });

  it('refuses unreadable gRPC messages as the caller’s error', async () => {
    await expect(
      exportGrpc(box.addresses.otlpGrpc, traceService, Buffer.from([0x0a, 0xff, 0xff, 0xff])),
    ).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'The body is not a protobuf ExportTraceServiceRequest.',
    });
  });

  it('answers other paths and methods', async () => {
    expect((await post('{}', { 'content-type': 'application/json' }, '/v1/profiles')).status).toBe(404);
    const get = await fetch(`http://${box.addresses.otlpHttp}/v1/traces`);
    await get.arrayBuffer();
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('survives hostile values', async () => {
    let nested: object = { stringValue: 'deep' };
    for (let depth = 0; depth < 60; depth++) nested = { arrayValue: { values: [nested] } };
    const made = chatTrace('hostile', 1_700_000_000_000);
    const [group] = made.request.resourceSpans as { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
    const span = group?.scopeSpans[0]?.spans[0] ?? {};
    span.name = `half \ud800 pair, nul \0 and ${'long '.repeat(1000)}`;
    span.attributes = [
      { key: '__proto__', value: { stringValue: 'polluted' } },
      { key: 'nested', value: nested },
      { key: 'huge', value: { stringValue: 'x'.repeat(200_000) } },
      { key: 'nan', value: { doubleValue: 'NaN' } },
      { key: 'empty' },
      { key: "quote'--", value: { stringValue: "'; DROP TABLE spans; --" } },
    ];
    const body = JSON.stringify(made.request).replace(
      '"kind"',
      '"__proto__":{"evil":true},"constructor":7,"kind"',
    );
    expect((await post(body, { 'content-type': 'application/json' })).status).toBe(200);
    const { body: search } = await query(
      box,
      `/api/tracebox/search?attribute=${encodeURIComponent("quote'--='; DROP TABLE spans; --")}`,
    );
    expect(search).toMatchObject({ traces: [{ traceId: made.traceId }] });
    const trace = (await query(box, `/api/traces/${made.traceId}`)).body as {
      data: { spans: { operationName: string; tags: { key: string; value: unknown }[] }[] }[];
    };
    const root = trace.data[0]?.spans.find(({ operationName }) => operationName.startsWith('half'));
    expect(root?.operationName).toHaveLength(1024);
    const tags = Object.fromEntries((root?.tags ?? []).map(({ key, value }) => [`tag ${key}`, value]));
    expect(tags['tag __proto__']).toBe('polluted');
    expect(String(tags['tag nested'])).toContain('(nested too deeply)');
    expect(String(tags['tag huge']).length).toBeLessThan(66_000);
    expect(tags['tag nan']).toBe('NaN');
    expect(({} as { evil?: unknown }).evil).toBeUndefined();
  });
});
