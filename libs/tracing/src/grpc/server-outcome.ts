import type { ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { cancelledCode, okCode, type CallEnd } from './rpc-status.ts';

/** The layers under a call of a server; the last has the HTTP/2 stream. grpc-js keeps them private. */
export interface ServerCallLayer {
  readonly nextCall?: ServerCallLayer;
  readonly stream?: ServerHttp2Stream;
  /** Set once the status waits for the last message to be sent. */
  readonly wantTrailers?: boolean;
}

/**
 * Why a call that no handler answered is over: what grpc-js answered itself (a deadline, a message that
 * it could not write), or else its caller, or the deadline that ran out on the caller's side.
 */
export function endedFromOutside(
  layer: ServerCallLayer | undefined,
  deadline: Date | number,
  arrivedAtMs: number,
): CallEnd {
  const sent = sentEnd(bottomOf(layer)?.stream);
  if (sent !== undefined && sent.code !== okCode) return sent;
  const deadlineAtMs = deadline instanceof Date ? deadline.getTime() : deadline;
  const toleranceMs = Math.min(deadlineToleranceMs, (deadlineAtMs - arrivedAtMs) / 2);
  return Number.isFinite(deadlineAtMs) && Date.now() >= deadlineAtMs - toleranceMs
    ? { code: status.DEADLINE_EXCEEDED, message: 'Deadline exceeded' }
    : cancelledByCaller;
}

// A caller's deadline and the server's copy of it run out within one network delay of each other, and
// a busy process adds to that.
const deadlineToleranceMs = 250;

const cancelledByCaller: CallEnd = { code: cancelledCode, message: 'Cancelled by the caller' };

/**
 * Whether grpc-js refused, at once, to send an answer that it was just given. Where it accepts one it
 * gives it a status only after the message was written.
 */
export function refusedToSend(layer: ServerCallLayer | undefined): boolean {
  const bottom = bottomOf(layer);
  return bottom?.wantTrailers === true || bottom?.stream?.sentHeaders?.['grpc-status'] !== undefined;
}

/** The error that was sent instead of an answer, if one was. */
export function sentError(layer: ServerCallLayer | undefined): CallEnd | undefined {
  const sent = sentEnd(bottomOf(layer)?.stream);
  return sent === undefined || sent.code === okCode ? undefined : sent;
}

// The stream closes within one network delay of the answer.
const longestDoubtMs = 1_000;

/**
 * Tells, once the stream is closed, with what a call that was answered OK ended after all: with the error
 * that was sent instead, or from outside where the caller reset it after it had sent all its requests. A
 * caller that has its answer resets nothing, unless it had more to say.
 */
export function whenClosed(
  layer: ServerCallLayer | undefined,
  deadline: Date | number,
  arrivedAtMs: number,
  tell: (code: number, reason?: string) => void,
): void {
  const stream = bottomOf(layer)?.stream;
  if (stream === undefined) return tell(okCode);
  const judge = () => {
    clearTimeout(timer);
    stream.off('close', judge);
    const left = stream.readableEnded && (stream.rstCode ?? 0) !== 0;
    const end = left ? endedFromOutside(layer, deadline, arrivedAtMs) : sentError(layer);
    tell(end?.code ?? okCode, end?.message);
  };
  const timer = setTimeout(judge, longestDoubtMs).unref();
  if (stream.destroyed) judge();
  else stream.once('close', judge);
}

function bottomOf(layer: ServerCallLayer | undefined): ServerCallLayer | undefined {
  let bottom = layer;
  while (bottom !== undefined && bottom.stream === undefined) bottom = bottom.nextCall;
  return bottom;
}

/** The status as it went out: in the trailers, or in headers that were all there was to say. */
function sentEnd(stream: ServerHttp2Stream | undefined): CallEnd | undefined {
  const headers = stream?.sentTrailers ?? stream?.sentHeaders;
  const code = headers?.['grpc-status'];
  if (code === undefined) return undefined;
  return { code: Number(code), message: decoded(String(headers?.['grpc-message'] ?? '')) };
}

function decoded(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}
