import { SpanKind } from '@opentelemetry/api';
import type { CallObserver, EndedCall } from '../grpc/call-observer.ts';
import { isSpanError, statusName } from '../grpc/rpc-status.ts';
import type { MetricRecorder } from './recorder.ts';
import type { BoundHistogram } from './series.ts';

/** Where telemetry itself is sent, which would otherwise measure its own sending. */
const ownTraffic = 'opentelemetry.proto.collector.';

// What is remembered of methods and servers; a caller may make up either.
const maxRemembered = 1_000;

type ByCode = (BoundHistogram | undefined)[];

/** The servers that one method is called on. */
interface Servers {
  /** The last one: most clients have one, and the same object names it each time. */
  address: EndedCall['address'];
  byCode: ByCode;
  readonly others: Map<string, ByCode>;
}

/** Records the duration of every call, sampled or not, by method and outcome. */
export function callMetrics(recorder: MetricRecorder): CallObserver {
  const served = new Map<string, ByCode>();
  const made = new Map<string, Servers>();
  return (call) => {
    const { side, method, code, durationMs } = call;
    const byCode =
      side === 'server'
        ? remembered(served, method, noCodes)
        : codesOf(remembered(made, method, noServers), call.address);
    const known = byCode[code];
    if (known !== undefined) known.record(durationMs / 1e3);
    else if (!method.startsWith(ownTraffic)) {
      const bound = bind(recorder, call);
      byCode[code] = bound;
      bound.record(durationMs / 1e3);
    }
  };
}

const noCodes = (): ByCode => [];
const noServers = (): Servers => ({ address: undefined, byCode: [], others: new Map() });

function codesOf(servers: Servers, address: EndedCall['address']): ByCode {
  if (address === servers.address) return servers.byCode;
  if (servers.others.size === 0) servers.others.set(hostAndPort(servers.address), servers.byCode);
  servers.byCode = remembered(servers.others, hostAndPort(address), noCodes);
  servers.address = address;
  return servers.byCode;
}

function bind(recorder: MetricRecorder, { side, method, code, address }: EndedCall): BoundHistogram {
  const status = statusName(code);
  const kind = side === 'server' ? SpanKind.SERVER : SpanKind.CLIENT;
  const labels = {
    'rpc.system.name': 'grpc',
    'rpc.method': method,
    'rpc.response.status_code': status,
    'error.type': isSpanError(kind, code) ? status : undefined,
  };
  if (side === 'server') return recorder.histogram('rpc.server.call.duration', labels);
  return recorder.histogram('rpc.client.call.duration', {
    ...labels,
    'server.address': address?.address,
    'server.port': address?.port,
  });
}

function hostAndPort(address: EndedCall['address']): string {
  if (address === undefined) return '';
  return address.port === undefined ? address.address : `${address.address}:${address.port}`;
}

function remembered<V>(among: Map<string, V>, key: string, make: () => V): V {
  let value = among.get(key);
  if (value === undefined) {
    value = make();
    if (among.size < maxRemembered) among.set(key, value);
  }
  return value;
}
