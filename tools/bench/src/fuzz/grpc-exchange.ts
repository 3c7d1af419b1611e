import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { callTimeoutMs, type GrpcCase } from './grpc-cases.ts';
import type { Outcome } from './http-exchange.ts';

/** Calls over connections that are used again. */
export interface GrpcPlayer {
  readonly play: (one: GrpcCase) => Promise<Outcome>;
  close(): void;
}

const answersWithinMs = callTimeoutMs + 12_000;
const callsPerSession = 60;

// What grpc-js answers itself, before there is a handler, in words of its own.
const ownWords: readonly RegExp[] = [
  /^Received (?:message with compressed flag|compressed message but|unary request)/i,
  /^(?:Received|Unsupported) .*(?:compress|encoding|grpc-accept-encoding)/i,
  /^Error deserializing request|^Failed to decompress|incorrect header check|unexpected end of file|invalid /i,
];
const leak = /\n\s+at |node_modules|file:\/\/|\/(?:apps|libs|dist)\/|\.[jt]s:\d+/;

/** Plays calls, by `addresses` of the targets. */
export function grpcPlayer(addresses: Readonly<Record<GrpcCase['target'], string>>): GrpcPlayer {
  const sessions = new Map<string, { readonly session: ClientHttp2Session; calls: number }>();
  const all = new Set<ClientHttp2Session>();

  function sessionOf(target: GrpcCase['target']): ClientHttp2Session {
    const kept = sessions.get(target);
    if (kept !== undefined && kept.calls++ < callsPerSession && usable(kept.session)) return kept.session;
    // Its calls go on to their ends, which are judged, too.
    kept?.session.close();
    const session = connect(`http://${addresses[target]}`, { settings: { maxHeaderListSize: 100_000 } });
    session.on('error', () => {});
    session.on('close', () => all.delete(session));
    all.add(session);
    sessions.set(target, { session, calls: 1 });
    return session;
  }

  return {
    play: (one) => playOn(sessionOf(one.target), one),
    close() {
      for (const session of all) session.destroy();
    },
  };
}

function usable(session: ClientHttp2Session): boolean {
  return !session.closed && !session.destroyed;
}

/** Of headers and trailers, what the judgement looks at. */
interface Seen {
  readonly ':status'?: number;
  readonly 'grpc-status'?: string;
  readonly 'grpc-message'?: string;
}

async function playOn(session: ClientHttp2Session, one: GrpcCase): Promise<Outcome> {
  let stream: ClientHttp2Stream;
  try {
    stream = session.request({ ...one.headers });
  } catch {
    return { ending: 'not sendable', faults: [] };
  }
  const seen: Seen = {};
  const see = (headers: object): void => void Object.assign(seen, headers);
  let reset: number | undefined;
  stream.on('response', see);
  stream.on('trailers', see);
  stream.on('error', () => {});
  stream.resume();
  const { promise: closed, resolve } = Promise.withResolvers<'closed' | 'late' | 'left'>();
  stream.once('close', () => {
    reset = stream.rstCode;
    resolve('closed');
  });
  // A piece may come after the other side has ended it all.
  for (const piece of one.pieces) if (stream.writable) stream.write(piece);
  if (one.ends && stream.writable) stream.end();
  const late = setTimeout(() => resolve('late'), answersWithinMs);
  const leaves =
    one.leavesAfterMs === undefined ? undefined : setTimeout(() => resolve('left'), one.leavesAfterMs);
  const how = await closed;
  clearTimeout(late);
  clearTimeout(leaves);
  if (how !== 'closed') stream.close(8);
  if (how === 'left') return { ending: 'left', faults: [] };
  if (how === 'late')
    return { ending: 'silence', faults: [`${pathOf(one)}: no end within ${answersWithinMs / 1_000} s`] };
  return judge(one, seen, reset);
}

function judge(one: GrpcCase, seen: Seen, reset: number | undefined): Outcome {
  const { ':status': status, 'grpc-status': code, 'grpc-message': message = '' } = seen;
  if (status === undefined) return { ending: `reset ${reset ?? ''}`, faults: [] };
  if (status !== 200) return { ending: `HTTP ${status}`, faults: status >= 500 ? [`HTTP ${status}`] : [] };
  const text = decoded(message);
  const faults: string[] = [];
  if (code === undefined) return { ending: `no status, reset ${reset ?? ''}`, faults };
  if (!/^(?:\d|1[0-6])$/.test(code)) faults.push(`grpc-status ${code}`);
  if (leak.test(text)) faults.push(`tells of its inside: ${text.slice(0, 200)}`);
  // UNKNOWN, INTERNAL and DATA_LOSS mean that this side did something wrong.
  if (['2', '13', '15'].includes(code) && !ownWords.some((own) => own.test(text)))
    faults.push(`${pathOf(one)}: status ${code}, ${text.slice(0, 160)}`);
  return { ending: `status ${code}`, faults };
}

function pathOf({ target, headers }: GrpcCase): string {
  return `${target} ${String(headers[':path']).slice(0, 80)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
