import { grpc } from './grpc-module.ts';
import {
  ProxyTracerProvider,
  SpanKind,
  type Span,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { isWrapped } from '@opentelemetry/instrumentation';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import { guardClientMethod, type StartCall } from './client-guard.ts';
import { announceHandler, guardHandler, type CallShape, type Handler } from './server-guard.ts';

type GrpcModule = typeof grpc;

/** A handler as grpc-js keeps it; `func` is what it calls. */
interface RegisteredHandler {
  func: Handler;
}

type Register = (
  this: { readonly handlers: Map<string, RegisteredHandler> },
  name: string,
  handler: Handler,
  serialize: unknown,
  deserialize: unknown,
  shape: CallShape,
) => boolean;

/** Parts of the instrumentation that its types keep private. `assertKnown` checks that they are there. */
interface InstrumentationParts {
  _patchServer: (this: InstrumentationParts) => (original: Register) => Register;
  _patchClientRequestMethod: (
    this: InstrumentationParts,
    grpcModule: GrpcModule,
    responseStream: boolean,
    name: string,
  ) => (original: StartCall) => StartCall;
  _getPatchedClientMethods: (
    this: InstrumentationParts,
    grpcModule: GrpcModule,
  ) => (original: GeneratedMethod) => StartCall;
  extractNetMetadata: () => void;
  _splitMethodString: (method: string) => SplitMethod;
  createClientSpan: (this: InstrumentationParts, name: string) => Span;
  readonly tracer: Tracer;
  _wrap: (owner: object, name: string, wrapper: unknown) => unknown;
  _metadataCapture: Record<
    'client' | 'server',
    Record<'captureRequestMetadata' | 'captureResponseMetadata', () => void>
  >;
  _diag: { debug: () => void };
}

interface SplitMethod {
  readonly name: string;
  readonly service: string;
  readonly methodAttributeValue: string;
}

type GeneratedMethod = StartCall & { readonly requestStream: boolean; readonly responseStream: boolean };

const parts = [
  '_patchServer',
  '_patchClientRequestMethod',
  '_getPatchedClientMethods',
  'extractNetMetadata',
  '_splitMethodString',
  'createClientSpan',
  '_wrap',
] as const satisfies (keyof InstrumentationParts)[];

/**
 * grpc-js cannot be instrumented as it is here; nothing was started.
 *
 * @example
 * try {
 *   startTelemetry({ serviceName: 'my-service' });
 * } catch (error) {
 *   if (!(error instanceof NotPatchedError)) throw error;
 *   console.error(error.message);
 *   process.exitCode = 1;
 * }
 */
export class NotPatchedError extends Error {
  override readonly name = 'NotPatchedError';
}

const wayOut = 'RYZ_GRPC_SPANS=interceptors needs no patch';
const consequence = 'so its calls would not be traced';

const instrumentations = new WeakMap<GrpcModule, GrpcInstrumentation>();

/**
 * Makes every client and every handler of grpc-js in this process traced, by `provider`. Servers
 * that had their handlers before stay untraced, so call it before any is made. Calling it again
 * changes the provider alone.
 *
 * @throws NotPatchedError when grpc-js did not take the patch: a process whose calls are silently
 * untraced is worse than one that does not start.
 *
 * @example
 * import { trace } from '@opentelemetry/api';
 *
 * patchGrpc(trace.getTracerProvider());
 */
export function patchGrpc(provider: TracerProvider, grpcModule: GrpcModule = grpc): void {
  let instrumentation = instrumentations.get(grpcModule);
  if (instrumentation === undefined) {
    // Disabled, because enabling it hooks `require` and `import`, which miss bundles and Jest.
    instrumentation = new GrpcInstrumentation({ enabled: false });
    guardParts(instrumentation as unknown as InstrumentationParts);
    try {
      for (const definition of instrumentation.getModuleDefinitions()) definition.patch?.(grpcModule);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new NotPatchedError(`grpc-js cannot be patched (${why}; ${wayOut}), ${consequence}`, {
        cause: error,
      });
    }
    assertPatched(grpcModule);
    instrumentations.set(grpcModule, instrumentation);
  }
  instrumentation.setTracerProvider(provider);
}

/** Calls make no spans until `patchGrpc` is called again. */
export function idleGrpc(grpcModule: GrpcModule = grpc): void {
  instrumentations.get(grpcModule)?.setTracerProvider(new ProxyTracerProvider());
}

function guardParts(instrumentation: InstrumentationParts): void {
  for (const part of parts) {
    if (typeof instrumentation[part] !== 'function') {
      throw new NotPatchedError(
        `instrumentation-grpc has no ${part}: it is not the version that this library guards`,
      );
    }
  }
  const patchServer = instrumentation._patchServer;
  instrumentation._patchServer = function () {
    const patch = patchServer.call(this);
    return (original) => {
      const traced = patch(function (name, handler, serialize, deserialize, shape) {
        return original.call(this, name, guardHandler(handler, shape), serialize, deserialize, shape);
      });
      return function (name, handler, serialize, deserialize, shape) {
        if (this.handlers.has(name)) return original.call(this, name, handler, serialize, deserialize, shape);
        const accepted = traced.call(this, name, handler, serialize, deserialize, shape);
        const registered = this.handlers.get(name);
        if (registered !== undefined) registered.func = announceHandler(registered.func);
        return accepted;
      };
    };
  };
  const patchRequest = instrumentation._patchClientRequestMethod;
  instrumentation._patchClientRequestMethod = function (grpcModule, responseStream, name) {
    const patch = patchRequest.call(this, grpcModule, responseStream, name);
    const metadataAt = name === 'makeUnaryRequest' || name === 'makeServerStreamRequest' ? 4 : 3;
    return (original) => guardClientMethod(patch(original), { responseStream, metadataAt, generated: false });
  };
  const patchGenerated = instrumentation._getPatchedClientMethods;
  instrumentation._getPatchedClientMethods = function (grpcModule) {
    const patch = patchGenerated.call(this, grpcModule);
    return (original) => {
      const { responseStream, requestStream } = original;
      const shape = { responseStream, metadataAt: requestStream ? 0 : 1, generated: true };
      return Object.assign(guardClientMethod(patch(original), shape), original);
    };
  };
  spareWork(instrumentation);
}

/** What the instrumentation does on every call, and nobody here has a use for. */
function spareWork(instrumentation: InstrumentationParts): void {
  // The address stands in the span from its start, read once per channel instead of once per call.
  instrumentation.extractNetMetadata = () => {};
  const splits = new Map<string, SplitMethod>();
  const split = instrumentation._splitMethodString;
  instrumentation._splitMethodString = function (method) {
    let known = splits.get(method);
    if (known === undefined) {
      known = split.call(this, method);
      if (splits.size < maxSplits) splits.set(method, known);
    }
    return known;
  };
  // Without the attributes that its successors stand for.
  instrumentation.createClientSpan = function (name) {
    return this.tracer.startSpan(name, { kind: SpanKind.CLIENT });
  };
  // Each wraps every call to copy metadata into the span, of which none are asked for.
  const wrap = instrumentation._wrap;
  instrumentation._wrap = (owner, name, wrapper) =>
    name === 'sendMetadata' ? undefined : wrap(owner, name, wrapper);
  const copyNothing = { captureRequestMetadata: () => {}, captureResponseMetadata: () => {} };
  instrumentation._metadataCapture = { client: copyNothing, server: copyNothing };
  instrumentation._diag = { debug: () => {} };
}

// A client may make methods up.
const maxSplits = 2_000;

function assertPatched(grpcModule: GrpcModule): void {
  const wrapped: readonly (readonly [owner: object, name: string])[] = [
    [grpcModule.Server.prototype, 'register'],
    [grpcModule.Client.prototype, 'makeUnaryRequest'],
    [grpcModule.Client.prototype, 'makeClientStreamRequest'],
    [grpcModule.Client.prototype, 'makeServerStreamRequest'],
    [grpcModule.Client.prototype, 'makeBidiStreamRequest'],
    [grpcModule, 'makeGenericClientConstructor'],
  ];
  const missed = wrapped
    .filter(([owner, name]) => !isWrapped((owner as Record<string, unknown>)[name]))
    .map(([, name]) => name);
  if (missed.length > 0) {
    throw new NotPatchedError(`grpc-js is not patched (${missed.join(', ')}; ${wayOut}), ${consequence}`);
  }
}
