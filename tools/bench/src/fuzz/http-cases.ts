import { mutated, type Draw } from './draw.ts';
import { hostileValue, jsonOf, mutatedFields, validRequest } from './json-bodies.ts';

/** What is done on a connection, in order. */
export type HttpStep =
  | Buffer
  /** Waits until something came back, for a moment. */
  | 'hear'
  /** Closes this side alone. */
  | 'end'
  /** Closes both, with what is under way lost. */
  | 'reset';

/** A hostile request. */
export interface HttpCase {
  readonly family: string;
  readonly steps: readonly HttpStep[];
  /** Whether the request is whole, so that silence is a fault. */
  readonly whole: boolean;
  /** How many requests it holds. */
  readonly requests: number;
  /** Whether it asks for heads alone. */
  readonly bodiless?: boolean;
  /** `x-request-id` as sent, where exactly one was. */
  readonly requestId?: string | undefined;
}

type Headers = [name: string, value: string][];

const host = 'Host: localhost';
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

function head(method: string, target: string, headers: Headers, version = 'HTTP/1.1'): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return bytesOf(`${method} ${target} ${version}\r\n${host}\r\n${lines}\r\n`);
}

function post(path: string, body: Buffer, more: Headers = [], type = 'application/json'): Buffer {
  const headers: Headers = [['Content-Type', type], ['Content-Length', String(body.length)], ...more];
  return Buffer.concat([head('POST', path, headers), body]);
}

interface Question {
  readonly path: string;
  readonly body: Buffer;
}

function question(draw: Draw, model: string): Question {
  const { path, body } = validRequest(draw, model);
  return { path, body: Buffer.from(jsonOf(body)) };
}

function longStream(model: string): Question {
  const body = `{"model":"${model}","messages":[{"role":"user","content":"Tell me a story."}],"stream":true,"max_tokens":200}`;
  return { path: '/v1/chat/completions', body: Buffer.from(body) };
}

type Make = (draw: Draw, model: string) => Omit<HttpCase, 'family'>;

const once = (bytes: Buffer, requestId?: string): Omit<HttpCase, 'family'> => ({
  steps: [bytes],
  whole: true,
  requests: 1,
  requestId,
});
/** Of which the server cannot know that it has ended, or that answers only what it can read. */
const loose = (...steps: HttpStep[]): Omit<HttpCase, 'family'> => ({ steps, whole: false, requests: 1 });

const fields: Make = (draw, model) => {
  const { path, body } = validRequest(draw, model);
  const requestId = draw.chance(0.5) ? draw.word(draw.whole(1, 128)) : undefined;
  const more: Headers = requestId === undefined ? [] : [['x-request-id', requestId]];
  const sent = draw.chance(0.05) ? body : mutatedFields(draw, body);
  return once(post(path, Buffer.from(jsonOf(sent)), more), requestId);
};

const bodyBytes: Make = (draw, model) => {
  const { path, body } = question(draw, model);
  const broken = draw.pick<() => Buffer>([
    () => mutated(draw, body),
    () => body.subarray(0, draw.whole(0, body.length)),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
    () => Buffer.from(body.toString(), 'utf16le'),
    () => Buffer.concat([body, draw.bytes(draw.whole(1, 9))]),
    () => Buffer.concat([body.subarray(0, -2), Buffer.from([0xff, 0xfe, 0xc0, 0x80]), body.subarray(-2)]),
    () => Buffer.from('['.repeat(draw.pick([1_000, 50_000]))),
    () => Buffer.from('{"a":'.repeat(draw.pick([1_000, 50_000]))),
    () => Buffer.from(hostileValue(draw)),
    () => draw.bytes(draw.whole(0, 200)),
    () => Buffer.alloc(0),
  ])();
  return once(post(path, broken));
};

const hostileHeaders: readonly string[] = [
  ...['traceparent', 'tracestate', 'baggage', 'x-request-id', 'x-client-id', 'x-ryz-sampling-priority'],
  ...['authorization', 'accept', 'accept-version', 'origin', 'cookie', 'referer', 'x-forwarded-for', 'via'],
  ...['content-encoding', 'accept-encoding', 'if-none-match', 'range', 'user-agent', 'te', 'trailer'],
  ...['x-http-method-override', 'forwarded', '__proto__', 'constructor', 'access-control-request-method'],
];

const headerValues = (draw: Draw): string =>
  draw.pick<() => string>([
    () => '',
    () => draw.word(draw.whole(1, 300)),
    () =>
      draw
        .bytes(20)
        .toString('latin1')
        .replace(/[\r\n\0]/g, '\t'),
    () => '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    () => 'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    () => `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
    () => 'a=b,'.repeat(draw.pick([1, 40, 400])),
    () =>
      draw.pick(['gzip', 'identity', 'br, deflate', '*', 'keep', 'close', 'bytes=0-', '../../etc/passwd']),
    () => 'x'.repeat(draw.pick([129, 4_000])),
  ])();

const headers: Make = (draw, model) => {
  const { path, body } = question(draw, model);
  const more: Headers = Array.from({ length: draw.whole(1, 5) }, () => [
    draw.pick(hostileHeaders),
    headerValues(draw),
  ]);
  const types = [
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    '',
    'application/json;;;',
  ];
  const odd = [
    'multipart/form-data; boundary=',
    'application/json; charset=utf-16',
    '\xff/\xff',
    'a'.repeat(500),
  ];
  return once(post(path, body, more, draw.pick([...types, ...odd])));
};

const framing: Make = (draw, model) => {
  const { path, body } = question(draw, model);
  const json: Headers = [['Content-Type', 'application/json']];
  const chunked = (text: string): Buffer =>
    Buffer.concat([head('POST', path, [...json, ['Transfer-Encoding', 'chunked']]), bytesOf(text)]);
  const size = body.length.toString(16);
  const text = body.toString('latin1');
  const lengthOf = (value: string, ...more: Headers): Buffer =>
    Buffer.concat([head('POST', path, [...json, ['Content-Length', value], ...more]), body]);
  return draw.pick<() => Omit<HttpCase, 'family'>>([
    () => once(chunked(`${size}\r\n${text}\r\n0\r\n\r\n`)),
    () => once(chunked(`${size};a=${draw.word(30)}\r\n${text}\r\n0\r\nX-Trailer: a\r\n\r\n`)),
    () =>
      loose(
        chunked(`${draw.pick(['zz', '-1', 'ffffffffffffffffff', '0x5', '', ' 5'])}\r\n${text}\r\n0\r\n\r\n`),
      ),
    () => loose(chunked(`${size}\r\n${text}`), 'end'),
    () => loose(chunked(`${size}\n${text}\n0\n\n`), 'end'),
    () => loose(lengthOf(draw.pick(['-1', 'abc', '1e3', '0x10', '99999999999999999999', '5, 5', ' ']))),
    () => loose(lengthOf(String(body.length + draw.whole(1, 50))), 'end'),
    () => loose(lengthOf(String(draw.whole(0, body.length - 1)))),
    () => loose(lengthOf(String(body.length), ['Content-Length', '3'])),
    () => loose(lengthOf(String(body.length), ['Transfer-Encoding', 'chunked'])),
    () =>
      loose(
        lengthOf(String(body.length), ['Transfer-Encoding', draw.pick(['gzip', 'identity', 'chunked, x'])]),
      ),
    () => loose(head('POST', path, json), body),
    () => loose(lengthOf(String(5 * 1024 * 1024))),
  ])();
};

const targets = (draw: Draw): string =>
  draw.pick<() => string>([
    () =>
      draw.pick([
        '/',
        '/v1',
        '/v1/',
        '/v1/models',
        '/v1/models/',
        '/v1/models/ryzanstein-tiny',
        '/healthz',
        '/readyz',
      ]),
    () =>
      `/v1/models/${draw.pick(['%00', '%ff', '%', '%zz', '%2e%2e%2f', '..', '%e2%82', '%F0%9F%92%A9', '__proto__', 'a'.repeat(3_000)])}`,
    () =>
      draw.pick([
        '//v1/models',
        '/v1//models',
        '/V1/MODELS',
        '/v1/models;a=b',
        '/v1/models?',
        '/v1/models?a[__proto__]=1',
      ]),
    () =>
      draw.pick([
        'http://localhost/v1/models',
        'https://evil.example/v1/models',
        'http:///',
        'localhost:80',
        '*',
      ]),
    () => `/${draw.word(draw.whole(1, 60)).replace(/[\s#]/g, '')}`,
    () => `/v1/models?${'a=1&'.repeat(draw.pick([1, 1_000]))}`,
    () =>
      `/v1/${draw
        .bytes(8)
        .toString('latin1')
        .replace(/[\0-\x20\x7f]/g, '-')}`,
    () =>
      draw.pick([
        '/v1/chat/completions',
        '/v1/embeddings',
        '/v1/completions?stream=true',
        '/../v1/models',
        '/%2fv1',
      ]),
  ])();

const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'M-SEARCH',
  'QUERY',
];

const places: Make = (draw) => {
  const method = draw.pick(methods);
  const target = targets(draw);
  const length: Headers = ['POST', 'PUT', 'PATCH'].includes(method) ? [['Content-Length', '0']] : [];
  return { ...once(head(method, target, length)), bodiless: method === 'HEAD' };
};

const lines: Make = (draw) => {
  const line = draw.pick<() => string>([
    () => `${draw.pick(['get', 'GE T', 'CONNECT', 'FOO', '\x16\x03\x01', 'PRI'])} ${targets(draw)} HTTP/1.1`,
    () => `GET ${targets(draw)} HTTP/${draw.pick(['0.9', '1.2', '2.0', '11', 'x', '1.1.1'])}`,
    () => `GET  ${targets(draw)}`,
    () => `GET\t${targets(draw)}\tHTTP/1.1`,
    () => 'PRI * HTTP/2.0',
    () => `GET /${'a'.repeat(draw.pick([2_000, 20_000]))} HTTP/1.1`,
  ])();
  const more = draw.pick<() => string>([
    () => `${host}\r\n`,
    () => '',
    () => `${host}\r\n${host}\r\n`,
    () => `${host}\r\nX : y\r\n`,
    () => `${host}\r\n folded\r\n`,
    () => `${host}\r\nX\0: y\r\n`,
    () => 'Host: \r\n',
    () => `Host: ${draw.word(50)}\r\n`,
    () => `${host}\n`,
  ])();
  return loose(bytesOf(`${line}\r\n${more}\r\n`));
};

const floods: Make = (draw) => {
  const flood = draw.pick<() => string>([
    () => Array.from({ length: draw.pick([100, 999, 3_000]) }, (_, at) => `x-${at}: y\r\n`).join(''),
    () => `x: ${'y'.repeat(draw.pick([8_000, 15_000, 40_000]))}\r\n`,
    () => 'cookie: a=b\r\n'.repeat(draw.pick([50, 900])),
    () => `${'x'.repeat(draw.pick([1_000, 20_000]))}: y\r\n`,
  ])();
  return loose(bytesOf(`GET /v1/models HTTP/1.1\r\n${host}\r\n${flood}\r\n`));
};

const connections: Make = (draw, model) => {
  const { path, body } = question(draw, model);
  const whole = post(path, body);
  const cut = draw.whole(1, whole.length - 1);
  const story = longStream(model);
  const list = head('GET', '/v1/models', []);
  return draw.pick<() => Omit<HttpCase, 'family'>>([
    () => ({ steps: [Buffer.concat([list, whole, list])], whole: true, requests: 3 }),
    () => ({ steps: [Buffer.concat([whole, draw.bytes(40)])], whole: false, requests: 2 }),
    () => loose(whole, 'end'),
    () => loose(whole.subarray(0, cut), 'end'),
    () => loose(whole.subarray(0, cut), 'reset'),
    () => loose(whole, 'reset'),
    () => loose(post(story.path, story.body), 'hear', 'reset'),
    () => loose(post(story.path, story.body), 'hear', 'end'),
    () => once(post(path, body, [['Expect', '100-continue']])),
    () => once(post(path, body, [['Expect', draw.word(12)]])),
    () =>
      once(
        post(path, body, [
          ['Connection', 'Upgrade'],
          ['Upgrade', draw.pick(['websocket', 'h2c', 'x'])],
        ]),
      ),
    () =>
      once(Buffer.concat([head('POST', path, [['Content-Length', String(body.length)]], 'HTTP/1.0'), body])),
    () => ({ ...once(whole.subarray(0, cut)), steps: [whole.subarray(0, cut), whole.subarray(cut)] }),
    () => loose(),
  ])();
};

const soup: Make = (draw, model) => {
  const { path, body } = question(draw, model);
  return loose(draw.chance(0.5) ? draw.bytes(draw.whole(1, 400)) : mutated(draw, post(path, body), 6), 'end');
};

const families: readonly (readonly [name: string, weight: number, make: Make])[] = [
  ['fields', 40, fields],
  ['body bytes', 10, bodyBytes],
  ['headers', 10, headers],
  ['framing', 10, framing],
  ['places', 10, places],
  ['request lines', 5, lines],
  ['header floods', 2, floods],
  ['connections', 8, connections],
  ['soup', 5, soup],
];
const total = families.reduce((sum, [, weight]) => sum + weight, 0);

/** The case that a draw gives. */
export function httpCase(draw: Draw, model: string): HttpCase {
  let left = draw.whole(1, total);
  for (const [family, weight, make] of families) {
    left -= weight;
    if (left <= 0) return { family, ...make(draw, model) };
  }
  throw new Error('no family');
}
