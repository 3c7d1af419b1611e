/** How the span round a generator ends: called once, with the reason where the generator failed. */
export type EndSpan = (failed: boolean, reason?: unknown) => void;

/** Runs a step of the generator where its span is active. */
export type InSpan = <R>(step: () => R) => R;

/** Whether `value` is what a generator function returns. */
export function isGenerator(value: unknown): value is Generator {
  return isStepwise(value) && typeof value[Symbol.iterator] === 'function';
}

/** Whether `value` is what an async generator function returns. */
export function isAsyncGenerator(value: unknown): value is AsyncGenerator {
  return isStepwise(value) && typeof value[Symbol.asyncIterator] === 'function';
}

/**
 * A generator whose span ends with it: when it is exhausted, broken off or throws. What the reader
 * does between two steps is not within the span.
 */
export function spannedGenerator(generator: Generator, inSpan: InSpan, end: EndSpan): Generator {
  const endOnce = once(end);
  const settle = (step: () => IteratorResult<unknown>): IteratorResult<unknown> => {
    let result: IteratorResult<unknown>;
    try {
      result = inSpan(step);
    } catch (reason) {
      endOnce(true, reason);
      throw reason;
    }
    if (result.done === true) endOnce(false);
    return result;
  };
  class SpannedGenerator extends Iterator<unknown, unknown, unknown> {
    next(...value: [] | [unknown]): IteratorResult<unknown> {
      return settle(() => generator.next(...value));
    }
    override return(value?: unknown): IteratorResult<unknown> {
      return settle(() => generator.return(value));
    }
    override throw(reason: unknown): IteratorResult<unknown> {
      return settle(() => generator.throw(reason));
    }
  }
  return endIfForgotten(new SpannedGenerator() as Generator, endOnce);
}

/** As `spannedGenerator`, for one whose steps take time. */
export function spannedAsyncGenerator(
  generator: AsyncGenerator,
  inSpan: InSpan,
  end: EndSpan,
): AsyncGenerator {
  const endOnce = once(end);
  const settle = async (step: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    let result: IteratorResult<unknown>;
    try {
      result = await inSpan(step);
    } catch (reason) {
      endOnce(true, reason);
      throw reason;
    }
    if (result.done === true) endOnce(false);
    return result;
  };
  const spanned: AsyncGenerator = {
    next: (...value) => settle(() => generator.next(...value)),
    return: (value) => settle(() => generator.return(value)),
    throw: (reason) => settle(() => generator.throw(reason)),
    [Symbol.asyncIterator]: () => spanned,
    async [Symbol.asyncDispose]() {
      await spanned.return(undefined);
    },
  };
  return endIfForgotten(spanned, endOnce);
}

function isStepwise(value: unknown): value is Generator & AsyncGenerator {
  const one = value as Partial<Generator> | null | undefined;
  return (
    typeof one === 'object' &&
    one !== null &&
    typeof one.next === 'function' &&
    typeof one.return === 'function' &&
    typeof one.throw === 'function'
  );
}

function once(end: EndSpan): EndSpan {
  let ended = false;
  return (failed, reason) => {
    if (ended) return;
    ended = true;
    end(failed, reason);
  };
}

// A reader may drop a generator half-way without a word; nothing but its collection tells.
const forgotten = new FinalizationRegistry<EndSpan>((endOnce) => endOnce(false));

function endIfForgotten<T extends object>(generator: T, endOnce: EndSpan): T {
  forgotten.register(generator, endOnce);
  return generator;
}
