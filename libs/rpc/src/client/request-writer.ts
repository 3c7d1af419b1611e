import type { Writable } from 'node:stream';
import { status, type StatusObject } from '@grpc/grpc-js';
import { RpcError } from '../rpc-error.ts';
import type { OutgoingCall } from './outgoing-call.ts';

interface Waiter {
  resolve(): void;
  reject(reason: RpcError): void;
}

/** Writes the requests of a call, no faster than the server reads. */
export class RequestWriter {
  readonly #surface: Writable | undefined;
  readonly #waiters: Waiter[] = [];
  #failure?: RpcError;
  #halfClosed = false;

  /** Without a surface the call could not start, and has its status. */
  constructor(call: OutgoingCall, surface: Writable | undefined) {
    this.#surface = surface;
    surface?.on('drain', () => {
      for (const waiter of this.#waiters.splice(0)) waiter.resolve();
    });
    const fail = (ended: StatusObject): void => {
      const failure =
        ended.code === status.OK
          ? new RpcError('CANCELLED', 'The server has ended the call.')
          : call.error(ended);
      this.#failure = failure;
      for (const waiter of this.#waiters.splice(0)) waiter.reject(failure);
    };
    if (call.status) fail(call.status);
    else call.onEnd(fail);
  }

  send(message: unknown): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#halfClosed)
      return Promise.reject(new RpcError('FAILED_PRECONDITION', 'No request follows end().'));
    if (this.#surface?.write(message) !== false) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  end(): void {
    if (this.#halfClosed || this.#failure) return;
    this.#halfClosed = true;
    this.#surface?.end();
  }
}
