import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { ROOT_CONTEXT, type Context, type ContextManager } from '@opentelemetry/api';

const boundTo = Symbol('bound context');

/**
 * The active context, kept in AsyncLocalStorage.
 *
 * A bound emitter runs its listeners in the context it was bound to, as with the stock manager,
 * but switches once per event and only where another context is active: the stock one wraps each
 * listener, which costs a stream about a quarter of its CPU time.
 */
export class MeshContextManager implements ContextManager {
  private readonly storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    if (thisArg === undefined || thisArg === null) return this.storage.run(context, fn, ...args);
    return this.storage.run(context, () => fn.call(thisArg, ...args));
  }

  bind<T>(context: Context, target: T): T {
    if (target instanceof EventEmitter) return this.bindEmitter(context, target) as T;
    if (typeof target === 'function')
      return this.bindFunction(context, target as unknown as AnyFunction) as T;
    return target;
  }

  attach(context: Context): { dispose(): void } {
    const previous = this.storage.getStore();
    this.storage.enterWith(context);
    let disposed = false;
    return {
      dispose: () => {
        if (disposed) return;
        disposed = true;
        this.storage.enterWith(previous ?? ROOT_CONTEXT);
      },
    };
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.storage.disable();
    return this;
  }

  private bindFunction(context: Context, target: AnyFunction): AnyFunction {
    const { storage } = this;
    return function bound(this: unknown, ...args: unknown[]) {
      return storage.run(context, () => target.apply(this, args));
    };
  }

  private bindEmitter(context: Context, emitter: EventEmitter & { [boundTo]?: Context }): EventEmitter {
    if (emitter[boundTo] !== undefined) return emitter;
    emitter[boundTo] = context;
    const { storage } = this;
    const emit = emitter.emit.bind(emitter);
    emitter.emit = (...event) =>
      storage.getStore() === context ? emit(...event) : storage.run(context, emit, ...event);
    return emitter;
  }
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
