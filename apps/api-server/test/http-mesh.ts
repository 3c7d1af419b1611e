import { silentLogger, systemClock } from '@ryzanstein/runtime';
import { OpenAI } from 'openai';
import { createHttpEdge, type HttpEdge, type HttpEdgeOptions } from '../src/http/http-edge.ts';
import { startMesh, type Mesh, type MeshOptions } from './mesh.ts';

/** A mesh that is also asked over HTTP. */
export interface HttpMesh extends Mesh {
  /** `http://host:port`. */
  readonly url: string;
  readonly edge: HttpEdge;
  /** The official client, which sends nothing twice unless told so. */
  readonly openai: OpenAI;
}

const running: HttpEdge[] = [];

afterEach(async () => {
  for (const edge of running.splice(0)) await edge.drain(0, AbortSignal.abort());
});

export async function startHttpMesh(
  options: MeshOptions & Pick<HttpEdgeOptions, 'tracing' | 'onBrokenOff' | 'limits' | 'webChat'> = {},
): Promise<HttpMesh> {
  const mesh = await startMesh(options);
  const edge = createHttpEdge({
    config: {
      defaultDeadlineMs: options.defaultDeadlineMs ?? 10_000,
      maxDeadlineMs: options.maxDeadlineMs ?? 20_000,
      maxConcurrent: options.maxConcurrent ?? 256,
    },
    clock: systemClock,
    logger: silentLogger,
    application: mesh.application,
    checkKey: options.checkKey,
    webChat: options.webChat,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.tracing === undefined ? {} : { tracing: options.tracing }),
    ...(options.onBrokenOff === undefined ? {} : { onBrokenOff: options.onBrokenOff }),
  });
  running.push(edge);
  const url = `http://${await edge.listen('127.0.0.1:0')}`;
  edge.setReady(true);
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  // Its getters stay alive that way.
  return Object.assign(Object.create(mesh) as Mesh, { url, edge, openai });
}

/** The text of a streamed chat, and its pieces. */
export async function streamed(
  openai: OpenAI,
  more: Partial<OpenAI.ChatCompletionCreateParamsStreaming> = {},
): Promise<{ readonly text: string; readonly chunks: readonly OpenAI.ChatCompletionChunk[] }> {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  const stream = await openai.chat.completions.create({ ...ask, ...more, stream: true });
  for await (const chunk of stream) chunks.push(chunk);
  return { text: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), chunks };
}

export const ask = {
  model: 'tiny',
  messages: [{ role: 'user', content: 'What does the owl do?' }],
} satisfies OpenAI.ChatCompletionCreateParams;
