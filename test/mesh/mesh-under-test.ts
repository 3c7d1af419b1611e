import { randomBytes } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import { llmService } from '@ryzanstein/contracts';
import type { ChatChunk, ChatRequestInit } from '@ryzanstein/contracts/api';
import { startMesh, type RunningMesh, type StartMeshOptions } from '@ryzanstein/launcher';
import { createRpcClient, RpcError, type CallOptions, type TlsSource } from '@ryzanstein/rpc';
import { outline, storedSpans, until, type StoredSpan } from './stored-trace.ts';

/** A trace context of a caller. */
export interface Caller {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceparent: string;
}

/** A fresh, sampled one. */
export function caller(): Caller {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

/** What a streamed chat gave. */
export interface Streamed {
  readonly text: string;
  readonly last: ChatChunk;
  readonly headers: Metadata;
}

/** A running mesh with what tests do to it. */
export interface MeshUnderTest {
  readonly mesh: RunningMesh;
  readonly client: ReturnType<typeof connect>;
  chat(request: ChatRequestInit, options?: CallOptions): Promise<Streamed>;
  /** The trace once it has `spans` spans, or `outline` as its tree. */
  trace(from: Caller, expected: string | RegExp): Promise<StoredSpan[]>;
  stop(): Promise<void>;
}

function connect(address: string, tls?: TlsSource) {
  return createRpcClient(llmService, address, { tls });
}

/** Starts the three services and the trace store from their bundles, on free ports. */
export async function meshUnderTest(options: StartMeshOptions = {}, tls?: TlsSource): Promise<MeshUnderTest> {
  const mesh = await startMesh({ ...options, env: { RYZ_THREADS: '1', ...options.env } });
  const client = connect(mesh.addresses.api.grpc, tls);
  const ui = mesh.addresses.tracebox?.ui ?? '';
  return {
    mesh,
    client,
    async chat(request, callOptions) {
      const stream = client.ChatStream(request, callOptions);
      let text = '';
      let last: ChatChunk | undefined;
      for await (const chunk of stream) {
        text += chunk.delta?.content ?? '';
        last = chunk;
      }
      if (last === undefined) throw new Error('the stream was empty');
      return { text, last, headers: await stream.headers };
    },
    trace({ traceId, spanId }, expected) {
      return until(
        () => storedSpans(ui, traceId),
        (spans) => {
          const seen = outline(spans, spanId);
          return typeof expected === 'string' ? seen === expected : expected.test(seen);
        },
        4_000,
      );
    },
    async stop() {
      client.close();
      expect(await mesh.stop()).toEqual([]);
    },
  };
}

/** A user's one question. */
export function asking(content: string, more: ChatRequestInit = {}): ChatRequestInit {
  return { model: 'ryzanstein-tiny', messages: [{ role: 'user', content }], ...more };
}

/** The error that a promise ends with; fails where it does not. */
export async function failure(promise: Promise<unknown>): Promise<RpcError> {
  try {
    await promise;
  } catch (error) {
    return RpcError.from(error);
  }
  throw new Error('it succeeded');
}
