import type { StreamEvent } from './conversation.ts';
import { eventReader } from './event-reader.ts';
import { traceIdOf, traceparentOf, type TraceIds } from './trace-context.ts';

/** The server refused, broke off or could not be reached; the message is for the reader. */
export class EdgeError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A chat as `/v1/chat/completions` takes it. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
}

/** The names of the models on offer. */
export async function getModels(key: string, signal: AbortSignal): Promise<readonly string[]> {
  const response = await ask('/v1/models', { headers: keyed(key), signal });
  if (!response.ok) throw await refusal(response);
  return ((await response.json()) as { data: readonly { id: string }[] }).data.map(({ id }) => id);
}

/** What the trace store has of a trace, in OTLP's JSON; undefined where that is nothing yet. */
export async function getTrace(traceId: string, key: string, signal: AbortSignal): Promise<unknown> {
  const response = await ask(`/chat/trace/${traceId}`, { headers: keyed(key), signal });
  if (response.status === 404) return undefined;
  if (!response.ok) throw await refusal(response);
  return response.json();
}

/**
 * Sends a chat and tells what arrives, as it arrives. Aborting cancels the request.
 *
 * @throws EdgeError with the server's sentence, also in the middle of an answer
 */
export async function* streamChat(
  body: ChatBody,
  ids: TraceIds,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const response = await ask('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: traceparentOf(ids), ...keyed(key) },
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
    signal,
  });
  yield {
    kind: 'head',
    requestId: response.headers.get('x-request-id') ?? '',
    traceId: traceIdOf(response.headers.get('traceresponse')) ?? ids.traceId,
  };
  if (!response.ok || response.body === null) throw await refusal(response);
  const read = eventReader();
  let whole = false;
  for await (const text of pieces(response.body, signal))
    for (const data of read(text)) {
      if (data === '[DONE]') whole = true;
      else yield* eventsOf(JSON.parse(data) as Chunk);
    }
  if (!whole) throw new EdgeError(0, 'The answer broke off: the connection to the server was lost.');
}

interface Chunk {
  readonly error?: { readonly message?: string };
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

function* eventsOf({ error, choices, usage }: Chunk): Generator<StreamEvent> {
  if (error !== undefined) throw new EdgeError(0, error.message ?? 'The answer broke off.');
  const choice = choices?.[0];
  if (choice?.delta?.content) yield { kind: 'text', text: choice.delta.content };
  if (choice?.finish_reason) yield { kind: 'finish', reason: choice.finish_reason };
  if (usage) yield { kind: 'usage', input: usage.prompt_tokens, output: usage.completion_tokens };
}

// Not every browser lets a body be iterated.
async function* pieces(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } catch {
    signal.throwIfAborted();
    throw new EdgeError(0, 'The answer broke off: the connection to the server was lost.');
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function ask(path: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  try {
    return await fetch(path, { ...init, cache: 'no-store' });
  } catch (error) {
    if (init.signal.aborted) throw error;
    throw new EdgeError(0, 'The server does not answer. Is it still running?');
  }
}

async function refusal(response: Response): Promise<EdgeError> {
  const body = (await response.json().catch(() => ({}))) as { error?: { message?: string } };
  return new EdgeError(response.status, body.error?.message ?? `The server answered ${response.status}.`);
}

function keyed(key: string): Record<string, string> {
  return key === '' ? {} : { authorization: `Bearer ${key}` };
}
