import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers one request; whatever it does not end stays open. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void;

/** A server of OpenAI's API whose every answer is written beforehand. */
export interface ScriptedOpenAiServer {
  /** The base of its API. */
  readonly url: string;
  readonly port: number;
  /** What was posted, in order. */
  readonly seen: readonly SeenRequest[];
  /** Requests whose connection the client closed before their answer was complete. */
  readonly abandoned: number;
  /** Answers of GETs and of POSTs without a script, by path. */
  readonly pages: Record<string, Answer>;
  /** The answers of the next requests for text, in order; then each is `hello`. */
  script(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

/** An answer of JSON. */
export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

/** An error as OpenAI's API has it. */
export const failing = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer => json(status, { error: { message, type: 'some_error', param: null, code: null } }, headers);

/** Begins a stream of events. */
export function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

/** One event of a stream. */
export const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** A piece of text of a chat. */
export const delta = (content: string, finish: string | null = null): string =>
  event({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] });

/** A stream of these events, ended as it should be. */
export const stream =
  (...events: readonly string[]): Answer =>
  (response) => {
    begin(response);
    response.end([...events, 'data: [DONE]\n\n'].join(''));
  };

/** The usage of a stream, as its last event. */
export const usage = (prompt: number, completion: number, more: object = {}): string =>
  event({ choices: [], usage: { prompt_tokens: prompt, completion_tokens: completion, ...more } });

/** Two tokens, and that there were two of them. */
export const hello = stream(delta('Hel'), delta('lo'), delta('', 'stop'), usage(5, 2));

/** Starts one, with one model `m` unless `pages` say otherwise; `port` is that of an earlier one. */
export async function startScriptedOpenAiServer({
  pages = {},
  port = 0,
}: {
  readonly pages?: Readonly<Record<string, Answer>>;
  readonly port?: number;
} = {}): Promise<ScriptedOpenAiServer> {
  const seen: SeenRequest[] = [];
  const scripted: Answer[] = [];
  const all: Record<string, Answer> = {
    '/v1/models': json(200, { object: 'list', data: [{ id: 'm', object: 'model' }] }),
    ...pages,
  };
  let abandoned = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const path = request.url ?? '';
      const text = Buffer.concat(parts).toString();
      const one = {
        path,
        headers: request.headers,
        body: (text === '' ? {} : JSON.parse(text)) as SeenRequest['body'],
      };
      response.on('close', () => void (abandoned += response.writableFinished ? 0 : 1));
      const page = all[path];
      if (page !== undefined) {
        if (request.method === 'POST') seen.push(one);
        return page(response, one);
      }
      if (!path.endsWith('/completions')) return failing(404, 'not found')(response, one);
      seen.push(one);
      (scripted.shift() ?? hello)(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const listening = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${listening}/v1`,
    port: listening,
    seen,
    get abandoned() {
      return abandoned;
    },
    pages: all,
    script: (...answers) => void scripted.push(...answers),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
