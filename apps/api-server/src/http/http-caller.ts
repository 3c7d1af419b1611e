import type { IncomingMessage, ServerResponse } from 'node:http';
import { RpcError, type StatusName } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import { clientIdOf } from '../domain/client-id.ts';
import type { Caller } from '../reply.ts';

/** A caller, and the end of its request. */
export interface HttpCaller extends Caller {
  /** Ends the request for a reason of the server's own. */
  giveUp(reason: RpcError): void;
  /** MUST be called at the end, with its outcome, before the answer is sent. */
  ended(outcome: StatusName): void;
}

export interface HttpCallerOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly requestId: string;
  /** The name of the key that was shown, where keys are asked for. */
  readonly subject: string | undefined;
  readonly streams: boolean;
}

/** Who asks over HTTP: leaving cancels, and the server's default deadline ends. */
export function httpCaller(options: HttpCallerOptions): HttpCaller {
  const { request, response, clock, deadlineMs, requestId, subject, streams } = options;
  const gone = new AbortController();
  const listeners: ((outcome: StatusName) => unknown)[] = [];
  const timer = clock.after(deadlineMs, () =>
    giveUp(new RpcError('DEADLINE_EXCEEDED', 'The deadline passed.')),
  );
  const named = request.headers['x-client-id'];
  let over = false;

  function ended(outcome: StatusName): void {
    if (over) return;
    over = true;
    timer.cancel();
    for (const listener of listeners) listener(outcome);
  }

  function giveUp(reason: RpcError): void {
    if (over) return;
    gone.abort(reason);
  }

  // Before the listener that ends the request's span, which what is told now is written to.
  response.prependOnceListener('close', () => {
    if (over || response.writableFinished) return ended('OK');
    ended('CANCELLED');
    gone.abort(new RpcError('CANCELLED', 'The caller left.'));
  });

  return {
    requestId,
    clientId: subject ?? clientIdOf(typeof named === 'string' ? named : undefined, peerOf(request)),
    signal: gone.signal,
    deadlineAtMs: clock.epochMs() + deadlineMs,
    streams,
    onEnding: (listener) => void listeners.push(listener),
    giveUp,
    ended,
  };
}

function peerOf({ socket }: IncomingMessage): string {
  // An IPv4 caller of a socket that takes both is the same host.
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}
