import { RpcError } from '@ryzanstein/rpc';
import { fieldsOf, type Fields } from './answer-piece.ts';

/** A call of another server that failed. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  /** What the caller is told. */
  readonly error: RpcError;
  /** Asked once more, the server may answer. */
  readonly mayPass: boolean;
  /** It could not even be reached. */
  readonly unreachable: boolean;
  readonly status: number | undefined;
  /** What the server says of it; for this process alone, because it may hold a prompt. */
  readonly said: Fields;

  constructor(
    error: RpcError,
    how: { mayPass?: boolean; unreachable?: boolean; status?: number; said?: Fields } = {},
  ) {
    super(error.message);
    this.error = error;
    this.mayPass = how.mayPass ?? false;
    this.unreachable = how.unreachable ?? false;
    this.status = how.status;
    this.said = how.said ?? {};
  }
}

// Its address is nothing that callers of the mesh are told; spans and logs have it.
const server = 'The server that runs the model';
const passing: ReadonlySet<number> = new Set([429, 502, 503]);

/** A server that could not be reached, or whose connection broke. */
export function connectionFailure(reason: unknown): CallFailure {
  const code = codeOf(reason);
  return new CallFailure(
    new RpcError('UNAVAILABLE', `${server} cannot be reached${code}; start it, or correct RYZ_OPENAI_URL.`, {
      cause: reason,
    }),
    { mayPass: true, unreachable: true },
  );
}

/** A stream that ended, or went wrong, in its midst. */
export function brokenStream(how: string, cause?: unknown): CallFailure {
  return new CallFailure(new RpcError('UNAVAILABLE', `${server} ${how}; its log may say why.`, { cause }), {
    mayPass: true,
  });
}

/** An answer that is an error. `texts` are the prompt's, none of which may be repeated. */
export function answeredFailure(
  path: string,
  answer: { readonly status: number; readonly headers: Headers; readonly body: string },
  texts: readonly string[],
): CallFailure {
  const { status } = answer;
  const said = saidOf(answer.body);
  const words = tellable(said['message'], texts);
  const told = words === undefined ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
  const after = retryAfterMs(answer.headers);
  const how = { status, said, mayPass: passing.has(status) };
  const fail = (error: RpcError): CallFailure => new CallFailure(error, how);
  if (status === 400 || status === 413 || status === 422)
    return fail(new RpcError('INVALID_ARGUMENT', `${server} refuses the request (${told}).`));
  if (status === 401 || status === 403)
    return fail(
      new RpcError(
        'UNAVAILABLE',
        `${server} refuses the engine's key (HTTP ${status}); correct RYZ_OPENAI_API_KEY_FILE.`,
      ),
    );
  if ((status === 404 && said['code'] !== 'model_not_found') || status === 405 || status === 501)
    return fail(new RpcError('UNIMPLEMENTED', `${server} does not offer ${path}.`));
  if (status === 429)
    return fail(
      new RpcError('RESOURCE_EXHAUSTED', `${server} takes no more requests now.`, {
        retryAfterMs: after ?? 1_000,
      }),
    );
  return fail(
    new RpcError('UNAVAILABLE', `${server} failed (${told}); its log may say why.`, {
      ...(after === undefined ? {} : { retryAfterMs: after }),
    }),
  );
}

function saidOf(body: string): Fields {
  try {
    const answer = fieldsOf(JSON.parse(body));
    const { error } = answer;
    return typeof error === 'object' && error !== null ? fieldsOf(error) : answer;
  } catch {
    return {};
  }
}

const longestWords = 200;
const window = 8;

/** A server's own words, cut; none where they repeat a part of a prompt. */
export function tellable(message: unknown, texts: readonly string[]): string | undefined {
  if (typeof message !== 'string' || message === '') return undefined;
  const words = message.slice(0, longestWords).replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return texts.some((text) => repeats(words, text)) ? undefined : words;
}

function repeats(words: string, text: string): boolean {
  const source = text.replace(/\s+/g, ' ').trim();
  if (source.length <= window) return source !== '' && words.includes(source);
  for (let at = 0; at + window <= words.length; at++)
    if (source.includes(words.slice(at, at + window))) return true;
  return false;
}

function retryAfterMs(headers: Headers): number | undefined {
  const [ms, seconds] = [headers.get('retry-after-ms'), headers.get('retry-after')];
  const value = ms === null ? (seconds === null ? NaN : Number(seconds) * 1_000) : Number(ms);
  return Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}

/** ` (ECONNREFUSED)`, where the failure or one beneath it has such a code. */
function codeOf(reason: unknown): string {
  let at = reason as { code?: unknown; cause?: unknown } | undefined;
  for (let depth = 0; typeof at === 'object' && at !== null && depth < 4; depth++) {
    const { code } = at;
    at = at.cause as typeof at;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code)) return ` (${code})`;
  }
  return '';
}
