import { faultsOf, readAnswers } from './http-answers.ts';

const error = (message: string): string =>
  JSON.stringify({ error: { message, type: 'server_error', param: null, code: null } });

function wire(status: number, body: string, headers = ''): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`,
  );
}

it('reads several answers, passes over what precedes them, and waits for the rest', () => {
  const first = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
  const chunked = Buffer.from(
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
  );
  const { answers, clean } = readAnswers(Buffer.concat([first, chunked, wire(404, 'no')]), false);
  expect(answers.map(({ status, body }) => [status, body])).toEqual([
    [200, 'abcde'],
    [404, 'no'],
  ]);
  expect(clean).toBe(true);
  expect(readAnswers(chunked.subarray(0, -4), false)).toEqual({ answers: [], clean: false });
  expect(readAnswers(Buffer.from('SSH-2.0\r\n\r\n'), false).garbage).toBe('SSH-2.0');
});

it('reads no body behind an answer to HEAD', () => {
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n');
  expect(readAnswers(bytes, false, true)).toMatchObject({
    answers: [{ status: 200, body: '' }],
    clean: true,
  });
});

it.each([
  ['an error inside', 500, error('The request failed.'), 'x-request-id: r\r\n', 'status 500'],
  ['a stack trace', 400, error('no\n    at serve (x)'), 'x-request-id: r\r\n', 'tells of its inside'],
  ['a path', 400, error('see node_modules/x'), 'x-request-id: r\r\n', 'tells of its inside'],
  ['another shape', 400, '{"error":"no"}', 'x-request-id: r\r\n', "OpenAI's shape"],
  ['another shape without a request', 400, 'Bad Request', '', 'not JSON'],
  ['another request id', 404, error('no'), 'x-request-id: other\r\n', 'answered as other'],
  ['broken JSON', 200, '{', 'content-type: application/json\r\n', 'not JSON'],
])('finds %s', (_what, status, body, headers, words) => {
  const [answer] = readAnswers(wire(status, body, headers), false).answers;
  if (answer === undefined) throw new Error('no answer');
  expect(faultsOf(answer, 'r').join('; ')).toContain(words);
});

it('finds nothing in an answer that is right', () => {
  const [answer] = readAnswers(wire(404, error('no'), 'x-request-id: r\r\n'), false).answers;
  if (answer === undefined) throw new Error('no answer');
  expect(faultsOf(answer, 'r')).toEqual([]);
});
