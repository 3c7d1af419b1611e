import { ServerInterceptingCall, type Metadata, type ServerInterceptor } from '@grpc/grpc-js';
import { RpcError } from '../rpc-error.ts';
import type { Authenticate } from './call-context.ts';

type NextCall = ConstructorParameters<typeof ServerInterceptingCall>[0];
type Listener = Parameters<ServerInterceptingCall['start']>[0];

/** What came of asking who calls; neither where nobody is asked. */
export interface Admission {
  readonly subject?: string | undefined;
  readonly refusal?: RpcError;
}

const open: Admission = {};
const admissions = new WeakMap<Metadata, Admission>();

/**
 * Asks who calls when the metadata is there. A call that is refused goes on to its handler, whose hook
 * makes its span and its request id, but without what its caller sends: no message of it is read.
 */
class AdmittingCall extends ServerInterceptingCall implements Listener {
  readonly #next: NextCall;
  readonly #authenticate: Authenticate;
  readonly #requestStream: boolean;
  #listener?: Listener;
  #refused = false;
  #toldMessage = false;

  constructor(next: NextCall, authenticate: Authenticate, requestStream: boolean) {
    super(next);
    this.#next = next;
    this.#authenticate = authenticate;
    this.#requestStream = requestStream;
  }

  override start(listener: Listener): void {
    this.#listener = listener;
    this.#next.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    const admission = admit(this.#authenticate, metadata);
    admissions.set(metadata, admission);
    this.#refused = admission.refusal !== undefined;
    this.#listener?.onReceiveMetadata(metadata);
  }

  onReceiveMessage(message: unknown): void {
    this.#listener?.onReceiveMessage(message);
  }

  onReceiveHalfClose(): void {
    this.#listener?.onReceiveHalfClose();
  }

  onCancel(): void {
    this.#listener?.onCancel();
  }

  override startRead(): void {
    if (!this.#refused) return this.#next.startRead();
    // Handlers of one request are called once it is there: this one is never looked at.
    if (this.#requestStream) return;
    if (this.#toldMessage) return this.#listener?.onReceiveHalfClose();
    this.#toldMessage = true;
    this.#listener?.onReceiveMessage(Buffer.alloc(0));
  }
}

/** Asks who calls the methods of these paths. */
export function admittingCalls(authenticate: Authenticate, paths: ReadonlySet<string>): ServerInterceptor {
  return ({ path, requestStream }, call) =>
    paths.has(path) ? new AdmittingCall(call, authenticate, requestStream) : new ServerInterceptingCall(call);
}

/** What came of asking who made the call that brought `metadata`. */
export function admissionOf(metadata: Metadata): Admission {
  return admissions.get(metadata) ?? open;
}

function admit(authenticate: Authenticate, metadata: Metadata): Admission {
  try {
    return { subject: authenticate(metadata) };
  } catch (reason) {
    return { refusal: RpcError.from(reason) };
  }
}
