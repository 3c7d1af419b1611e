import { readSync } from 'node:fs';

/** Thrown by `BoundedReader` when the file ends, or claims something beyond its end. */
export class OutOfBounds extends Error {
  override readonly name = 'OutOfBounds';
}

const windowBytes = 256 * 1024;

/**
 * Little-endian reads from the front of a file, through one window. It never asks for memory
 * that the file's own size does not justify.
 */
export class BoundedReader {
  readonly #fd: number;
  readonly #fileBytes: number;
  #window = Buffer.alloc(0);
  #windowAt = 0;
  #at = 0;

  constructor(fd: number, fileBytes: number) {
    this.#fd = fd;
    this.#fileBytes = fileBytes;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#fileBytes - this.#at;
  }

  u8(): number {
    return this.#take(1).readUInt8(0);
  }

  u32(): number {
    return this.#take(4).readUInt32LE(0);
  }

  i32(): number {
    return this.#take(4).readInt32LE(0);
  }

  f32(): number {
    return this.#take(4).readFloatLE(0);
  }

  f64(): number {
    return this.#take(8).readDoubleLE(0);
  }

  u64(): bigint {
    return this.#take(8).readBigUInt64LE(0);
  }

  /** A count of things that each take at least `itemBytes` of the rest of the file. */
  count(itemBytes: number, what: string): number {
    const count = this.u64();
    if (count * BigInt(itemBytes) > BigInt(this.remaining))
      throw new OutOfBounds(
        `it claims ${count} ${what}, more than its remaining ${this.remaining} bytes can hold`,
      );
    return Number(count);
  }

  text(): string {
    const length = this.count(1, 'bytes of text');
    return this.#take(length).toString('utf8');
  }

  skip(bytes: number): void {
    this.#require(bytes);
    this.#at += bytes;
  }

  #require(bytes: number): void {
    if (bytes > this.remaining)
      throw new OutOfBounds(`it ends after ${this.#fileBytes} bytes, inside its header`);
  }

  #take(bytes: number): Buffer {
    this.#require(bytes);
    const offset = this.#at - this.#windowAt;
    if (offset < 0 || offset + bytes > this.#window.length) return this.#refill(bytes);
    this.#at += bytes;
    return this.#window.subarray(offset, offset + bytes);
  }

  #refill(bytes: number): Buffer {
    const wanted = Math.min(Math.max(bytes, windowBytes), this.remaining);
    const window = Buffer.alloc(wanted);
    let filled = 0;
    while (filled < wanted) {
      const read = readSync(this.#fd, window, filled, wanted - filled, this.#at + filled);
      if (read === 0) throw new OutOfBounds(`it shrank while it was read`);
      filled += read;
    }
    this.#window = window;
    this.#windowAt = this.#at;
    this.#at += bytes;
    return window.subarray(0, bytes);
  }
}
