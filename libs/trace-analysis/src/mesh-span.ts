import { textAttribute, type Span } from './span.ts';
import type { TraceNode } from './trace-tree.ts';

/** What a span is in the trace of a request through the mesh. */
export type SpanRole =
  | 'edge'
  | 'acquire'
  | 'generate'
  | 'release'
  | 'wait'
  | 'generation'
  | 'queue'
  | 'prefill'
  | 'decode'
  | 'other';

const methodRoles: Readonly<Record<string, SpanRole>> = {
  'ryzanstein.gpu.v1.GpuCoordinator/Acquire': 'acquire',
  'ryzanstein.gpu.v1.GpuCoordinator/Release': 'release',
  'ryzanstein.engine.v1.InferenceEngine/Generate': 'generate',
  'ryzanstein.engine.v1.InferenceEngine/Embed': 'generate',
};
const nameRoles: Readonly<Record<string, SpanRole>> = {
  'gpu.lease.wait': 'wait',
  queue: 'queue',
  prefill: 'prefill',
  decode: 'decode',
};
const generation = /^(?:chat|text_completion|embeddings)(?: \S.*)?$/;
const processes: Readonly<Record<string, string>> = {
  'ryzanstein-api': 'api-server',
  'ryzanstein-gpu': 'gpu-coordinator',
  'ryzanstein-inference': 'inference-engine',
};

/** By method or name; a CLIENT and a SERVER span of one call have the same role. */
export function roleOf(span: Span): SpanRole {
  const method = textAttribute(span.attributes, 'rpc.method') ?? span.name;
  const ofMethod = methodRoles[method];
  if (ofMethod !== undefined) return ofMethod;
  if (span.kind === 'server' && span.service === 'ryzanstein-api') return 'edge';
  if (span.kind !== 'internal' && span.kind !== 'client') return 'other';
  return nameRoles[span.name] ?? (generation.test(span.name) ? 'generation' : 'other');
}

/** The process behind a service name, as the documentation calls it. */
export function processName(service: string): string {
  return processes[service] ?? service;
}

/** The process that serves calls of this name, where that is known. */
export function servingProcess(span: Span): string | undefined {
  const method = textAttribute(span.attributes, 'rpc.method') ?? span.name;
  if (method.startsWith('ryzanstein.gpu.')) return 'gpu-coordinator';
  if (method.startsWith('ryzanstein.engine.')) return 'inference-engine';
  return method.startsWith('ryzanstein.api.') ? 'api-server' : undefined;
}

/** `Generate` for `ryzanstein.engine.v1.InferenceEngine/Generate`. */
export function shortMethod(span: Span): string {
  return /\/(\w+)$/.exec(span.name)?.[1] ?? span.name;
}

/** The gRPC status that a call ended with, or what else went wrong; undefined where it ended well. */
export function failureOf(span: Span): string | undefined {
  const code = textAttribute(span.attributes, 'rpc.response.status_code');
  if (code !== undefined && code !== 'OK') return code;
  return span.status === 'error' ? (textAttribute(span.attributes, 'error.type') ?? 'an error') : undefined;
}

/**
 * The same of a request that is served. Over HTTP nothing says of an answer that its reader left before the
 * end; the call that was cancelled for it does.
 */
export function requestFailureOf({ span, children }: TraceNode): string | undefined {
  const failure = failureOf(span);
  if (failure !== undefined || textAttribute(span.attributes, 'http.request.method') === undefined)
    return failure;
  const last = children.findLast((child) => ['acquire', 'generate'].includes(roleOf(child.span)));
  return last !== undefined && failureOf(last.span) === 'CANCELLED' ? 'CANCELLED' : undefined;
}
