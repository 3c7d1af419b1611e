import grpc from '@grpc/grpc-js';
import { isWrapped } from '@opentelemetry/instrumentation';
import type { SpanSourceName } from '../src/grpc/span-source-name.ts';
import type { RecordedSpan } from '../src/testing.ts';
import { ContractShop, type ContractShopOptions } from './contract-shop.ts';
import { until } from './shop-calls.ts';

/** A way for a call to go, and the spans that it leaves whatever makes them. */
export interface ContractRow extends Omit<ContractShopOptions, 'sampled'> {
  readonly title: string;
  /** Makes the call, within a span `caller`. */
  call(shop: ContractShop): unknown;
  /** `CODE STATUS` of the client's span; absent where it has none. */
  readonly client?: string;
  /** `CODE STATUS` of the server's spans, in the order of their start. */
  readonly server?: string | readonly string[];
  /** Default: `Ask`. */
  readonly method?: string;
  /** `error.type` and status text of the spans that are errors. */
  readonly says?: { readonly client?: string; readonly server?: string };
  /** Spans of the application, beside `caller`. */
  readonly extra?: number;
  /** Looks at the spans further. */
  look?(spans: readonly RecordedSpan[], shop: ContractShop): void;
}

// The order matters: what was patched stays so in this process.
const sources: readonly SpanSourceName[] = ['interceptors', 'instrumentation'];

/**
 * Holds every row against both sources, and then the spans of both against each other, attribute by
 * attribute.
 */
export function spanSourceContract(what: string, rows: readonly ContractRow[]): void {
  describe(what, () => {
    const left = { interceptors: new Map<string, object>(), instrumentation: new Map<string, object>() };
    let shop: ContractShop | undefined;
    afterEach(async () => {
      await shop?.close();
      shop = undefined;
    });

    describe.each(sources)('with the spans of %s', (source) => {
      it.each(rows.map((row) => [row.title, row] as const))('%s', async (title, row) => {
        shop = await new ContractShop(source, row).open();
        expect(isWrapped(grpc.Client.prototype.makeUnaryRequest)).toBe(source === 'instrumentation');
        const running = shop;
        await running.tracer.startSpan('caller', {}, async () => {
          await row.call(running);
        });
        left[source].set(title, await judge(running, row));
      });
    });

    it('is left by both as the same spans', () => {
      expect(left.interceptors.size).toBe(rows.length);
      expect(Object.fromEntries(left.interceptors)).toEqual(Object.fromEntries(left.instrumentation));
    });
  });
}

/** Checks what the row promises, and returns all of it that does not differ from run to run. */
async function judge(shop: ContractShop, row: ContractRow): Promise<object> {
  const servers = typeof row.server === 'string' ? [row.server] : (row.server ?? []);
  const clients = row.client === undefined ? [] : [row.client];
  const count = 1 + clients.length + servers.length + (row.extra ?? 0);
  const spans = await shop.recorder.whenIdle(count);
  await until(() => shop.observed.length >= clients.length + servers.length);
  // What would end a call twice comes within the same turns.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));

  const rpc = spans.filter(({ kind }) => kind !== 'INTERNAL');
  const name = `shop.v1.Shop/${row.method ?? 'Ask'}`;
  const line = ({ kind, attributes, status }: RecordedSpan) =>
    `${kind} ${String(attributes['rpc.method'])} ${String(attributes['rpc.response.status_code'])} ${status}`;
  expect(rpc.map(line).sort()).toEqual([
    ...clients.map((end) => `CLIENT ${name} ${end}`),
    ...servers.map((end) => `SERVER ${name} ${end}`).sort(),
  ]);
  expect(shop.recorder.open).toEqual([]);
  expect(shop.recorder.spans).toHaveLength(count);
  expect(await shop.liveSpans()).toBe(0);

  const caller = only(spans, ({ name: other }) => other === 'caller');
  const client = rpc.find(({ kind }) => kind === 'CLIENT');
  for (const span of rpc) {
    const { kind, attributes, status } = span;
    expect(span.parentSpanId).toBe(kind === 'CLIENT' ? caller.spanId : client?.spanId);
    expect(span.startEpochMs).toBeGreaterThanOrEqual(caller.startEpochMs);
    expect(attributes).toEqual({
      'rpc.system.name': 'grpc',
      'rpc.method': name,
      'server.address': '127.0.0.1',
      'server.port': expect.any(Number),
      'rpc.response.status_code': expect.any(String),
      'request.id': caller.attributes['request.id'],
      ...(status === 'ERROR' ? { 'error.type': attributes['rpc.response.status_code'] } : {}),
    });
    const said = kind === 'CLIENT' ? row.says?.client : row.says?.server;
    if (said !== undefined) expect(span.statusMessage).toBe(said);
  }
  // Name and attributes stand before the sampler runs.
  expect(shop.asked).toEqual(
    rpc.map(({ attributes }) => ({
      name,
      attributes: {
        'rpc.system.name': 'grpc',
        'rpc.method': name,
        'server.address': '127.0.0.1',
        'server.port': attributes['server.port'],
      },
    })),
  );
  // The observer has heard of each call once, with the code and the time of its span.
  const heard = shop.observed.map(
    ({ side, method, code }) => `${side.toUpperCase()} ${method} ${grpc.status[code]}`,
  );
  expect(heard.sort()).toEqual(rpc.map((span) => line(span).replace(/ [A-Z]+$/, '')).sort());
  for (const { side, durationMs } of shop.observed) {
    const lasted = rpc
      .filter(({ kind }) => kind === side.toUpperCase())
      .map(({ startEpochMs, endEpochMs }) => endEpochMs - startEpochMs);
    expect(Math.min(...lasted.map((ms) => Math.abs(ms - durationMs)))).toBeLessThan(0.1);
  }
  row.look?.(spans, shop);
  return { spans: spans.map((span) => comparable(span, spans)).sort(byText), heard };
}

/** A span without what differs from run to run: ids, times, ports, and the name of its scope. */
function comparable(span: RecordedSpan, all: readonly RecordedSpan[]): object {
  const { name, kind, status, statusMessage, attributes, events, links, traceFlags } = span;
  const parent = all.find(({ spanId }) => spanId === span.parentSpanId);
  return {
    name,
    kind,
    parent: parent === undefined ? undefined : `${parent.kind} ${parent.name}`,
    status,
    statusMessage: statusMessage
      ?.replace(/^(Deadline exceeded) after .*$/s, '$1')
      .replace(/:\d+/g, ':<port>'),
    traceFlags,
    attributes: {
      ...attributes,
      'request.id': typeof attributes['request.id'],
      'server.port': typeof attributes['server.port'],
    },
    events: events.map((event) => ({ name: event.name, attributes: event.attributes })),
    links: links.length,
  };
}

function byText(one: object, other: object): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

/** The one span of which that holds. */
export function only(spans: readonly RecordedSpan[], holds: (span: RecordedSpan) => boolean): RecordedSpan {
  const found = spans.filter(holds);
  const [span] = found;
  if (span === undefined || found.length > 1) throw new Error(`${found.length} spans instead of one`);
  return span;
}
