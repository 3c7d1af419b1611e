/** An answer as it came over the connection. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower case; of several of one name the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The complete answers at the beginning of what came, and whether nothing is left behind them. */
export interface ReadAnswers {
  readonly answers: readonly HttpAnswer[];
  readonly clean: boolean;
  /** What is no HTTP at all. */
  readonly garbage?: string;
}

/**
 * Reads answers of HTTP/1.1. `closed`: nothing more will come, which ends a body without a length;
 * `bodiless`: they answer HEAD, and name the length of a body that does not follow.
 */
export function readAnswers(bytes: Buffer, closed: boolean, bodiless = false): ReadAnswers {
  const answers: HttpAnswer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd < 0) break;
    const [statusLine = '', ...lines] = rest.toString('latin1', 0, headEnd).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) return { answers, clean: false, garbage: statusLine.slice(0, 80) };
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const after = rest.subarray(headEnd + 4);
    if (status < 200) {
      rest = after;
      continue;
    }
    const body = bodiless ? { text: '', length: 0 } : bodyOf(status, headers, after, closed);
    if (body === undefined) break;
    answers.push({ status, headers, body: body.text });
    rest = after.subarray(body.length);
  }
  return { answers, clean: rest.length === 0 };
}

function bodyOf(
  status: number,
  headers: HttpAnswer['headers'],
  bytes: Buffer,
  closed: boolean,
): { text: string; length: number } | undefined {
  if (status === 204 || status === 304) return { text: '', length: 0 };
  if (headers.get('transfer-encoding') === 'chunked') return chunksOf(bytes);
  const length = headers.get('content-length');
  if (length === undefined)
    return closed || bytes.length === 0 ? { text: bytes.toString(), length: bytes.length } : undefined;
  if (bytes.length < Number(length)) return undefined;
  return { text: bytes.toString('utf8', 0, Number(length)), length: Number(length) };
}

function chunksOf(bytes: Buffer): { text: string; length: number } | undefined {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (!(size >= 0) || bytes.length < end) return undefined;
    if (size === 0) return { text: Buffer.concat(pieces).toString(), length: end };
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = end;
  }
}

/** What the server itself says without having taken the text from its caller: stacks and paths. */
const leak = /(?:\n|\\n)\s+at |node_modules|file:\/\/\/(?!etc\/passwd)|\/(?:apps|libs|dist)\/|\.[jt]s:\d+/;
// Ours and no other: what a handler may mean, and what HTTP itself is answered before there is one.
const allowed = new Set([200, 204, 400, 401, 404, 405, 408, 411, 413, 414, 415, 417, 422, 429, 431, 499]);
const allowedFromMesh = new Set([501, 503, 504, 505]);

/** What is wrong with an answer; empty where all is well. What could not be read as a request has no request id. */
export function faultsOf(answer: HttpAnswer, requestId?: string): string[] {
  const { status, headers, body } = answer;
  const faults: string[] = [];
  if (!allowed.has(status) && !allowedFromMesh.has(status))
    faults.push(`status ${status}: ${body.slice(0, 120)}`);
  if (leak.test(body)) faults.push(`tells of its inside: ${body.slice(0, 200)}`);
  const answeredId = headers.get('x-request-id');
  if (answeredId !== undefined && !/^[\x21-\x7e]{1,128}$/.test(answeredId))
    faults.push('x-request-id is none');
  if (requestId !== undefined && answeredId !== undefined && answeredId !== requestId)
    faults.push(`x-request-id ${requestId} was answered as ${answeredId}`);
  // An answer to HEAD.
  if (body === '') return faults;
  if (status >= 400) faults.push(...errorFaults(answer));
  else if (headers.get('content-type')?.startsWith('application/json') === true && !isJson(body))
    faults.push('a body that is not JSON');
  return faults;
}

function errorFaults({ status, body }: HttpAnswer): string[] {
  // The readiness page is not OpenAI's.
  if (status === 503 && /^\{"status":/.test(body)) return [];
  try {
    const { error } = JSON.parse(body) as { error?: Record<string, unknown> };
    const shaped =
      typeof error?.['message'] === 'string' &&
      error['message'] !== '' &&
      typeof error['type'] === 'string' &&
      'param' in error &&
      'code' in error;
    return shaped ? [] : [`${status} is not an error of OpenAI's shape: ${body.slice(0, 120)}`];
  } catch {
    return [`${status} is not JSON: ${body.slice(0, 120)}`];
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
