import type { Socket } from 'node:net';

/** What the network does to one direction of a connection. */
export interface PipeFault {
  /** Bytes, and the end of them, vanish. */
  readonly drops: boolean;
  /** Each byte arrives this much later; Infinity: not before the fault is over. */
  readonly delayMs: number;
}

export const soundPipe: PipeFault = { drops: false, delayMs: 0 };

/** Bytes under way; undefined stands for the end of them. */
interface Parcel {
  readonly bytes: Buffer | undefined;
  readonly sentAtMs: number;
}

/** One direction of one connection through a proxy. */
export class TcpPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  #fault: PipeFault;
  #parcels: Parcel[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #gap = false;

  /** Forwards from now on. `to` need not be connected yet: its writes wait until it is. */
  constructor(from: Socket, to: Socket, fault: PipeFault) {
    this.#from = from;
    this.#to = to;
    this.#fault = fault;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#take(undefined));
    from.on('close', (hadError) => this.#closed(hadError));
    to.on('drain', () => from.resume());
    to.on('close', () => clearTimeout(this.#timer));
  }

  /** Something vanished here, so that what followed it would make no sense. */
  get gap(): boolean {
    return this.#gap;
  }

  set fault(fault: PipeFault) {
    this.#fault = fault;
    this.#forward();
  }

  /** Tells the far side that nothing more comes; what comes nevertheless is dropped. */
  halfClose(): void {
    this.#parcels = [];
    this.#end();
  }

  #take(bytes: Buffer | undefined): void {
    if (this.#ended) return;
    if (this.#fault.drops) {
      this.#gap = true;
      return;
    }
    this.#parcels.push({ bytes, sentAtMs: performance.now() });
    this.#forward();
  }

  // A reset is not kept in order with the bytes: it overtakes them in a real network, too.
  #closed(hadError: boolean): void {
    if (this.#fault.drops) this.#gap = true;
    else if (hadError || this.#from.errored !== null) this.#to.resetAndDestroy();
  }

  #forward(): void {
    clearTimeout(this.#timer);
    for (let first = this.#parcels[0]; first !== undefined; first = this.#parcels[0]) {
      const waitMs = first.sentAtMs + this.#fault.delayMs - performance.now();
      if (waitMs > 0) {
        if (waitMs !== Infinity) this.#timer = setTimeout(() => this.#forward(), waitMs);
        return;
      }
      this.#parcels.shift();
      if (first.bytes === undefined) return this.#end();
      if (!this.#to.write(first.bytes)) this.#from.pause();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#from.resume();
    this.#to.end();
  }
}
