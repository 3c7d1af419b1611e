import grpc, {
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';

export interface Message {
  readonly n: number;
}

/** Handlers as grpc-js takes them, which know nothing of tracing. */
export interface ShopHandlers {
  Ask(call: ServerUnaryCall<Message, Message>, answer: sendUnaryData<Message>): void;
  Down(call: ServerWritableStream<Message, Message>): void;
  Up(call: ServerReadableStream<Message, Message>, answer: sendUnaryData<Message>): void;
  Both(call: ServerDuplexStream<Message, Message>): void;
}

export const json = {
  requestSerialize: (value: Message) => Buffer.from(JSON.stringify(value)),
  requestDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Message,
  responseSerialize: (value: Message) => Buffer.from(JSON.stringify(value)),
  responseDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Message,
};

/** A service of every call shape. */
export const definition = {
  Ask: { path: '/shop.v1.Shop/Ask', requestStream: false, responseStream: false, ...json },
  Down: { path: '/shop.v1.Shop/Down', requestStream: false, responseStream: true, ...json },
  Up: { path: '/shop.v1.Shop/Up', requestStream: true, responseStream: false, ...json },
  Both: { path: '/shop.v1.Shop/Both', requestStream: true, responseStream: true, ...json },
};

/** They answer, and do nothing else. */
export const idleHandlers: ShopHandlers = {
  Ask: (_call, answer) => answer(null, { n: 1 }),
  Down: (call) => call.end(),
  Up: (_call, answer) => answer(null, { n: 1 }),
  Both: (call) => call.end(),
};

/** The calls of a client, as grpc-js makes them. */
export abstract class ShopCalls {
  abstract readonly client: grpc.Client;

  /** The status that the caller sees. */
  ask(options: grpc.CallOptions = {}): Promise<string> {
    const { requestSerialize, responseDeserialize } = json;
    const { path } = definition.Ask;
    return new Promise((resolve) => {
      const answered = (error: grpc.ServiceError | null) => resolve(grpc.status[error?.code ?? 0] ?? '');
      const metadata = new grpc.Metadata();
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { n: 0 },
        metadata,
        options,
        answered,
      );
    });
  }

  /** A call that can be cancelled. */
  asking(): grpc.ClientUnaryCall {
    const { requestSerialize, responseDeserialize } = json;
    return this.client.makeUnaryRequest(
      definition.Ask.path,
      requestSerialize,
      responseDeserialize,
      { n: 0 },
      () => {},
    );
  }

  down(options: grpc.CallOptions = {}): grpc.ClientReadableStream<Message> {
    const { requestSerialize, responseDeserialize } = json;
    const { path } = definition.Down;
    const stream = this.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { n: 0 },
      options,
    );
    stream.on('error', () => {});
    return stream;
  }

  up(done: (status: string) => void): grpc.ClientWritableStream<Message> {
    const { requestSerialize, responseDeserialize } = json;
    const { path } = definition.Up;
    return this.client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, (error) =>
      done(grpc.status[error?.code ?? 0] ?? ''),
    );
  }

  both(): grpc.ClientDuplexStream<Message, Message> {
    const { requestSerialize, responseDeserialize } = json;
    const stream = this.client.makeBidiStreamRequest(
      definition.Both.path,
      requestSerialize,
      responseDeserialize,
    );
    stream.on('error', () => {});
    return stream;
  }
}

/** Writes messages until the call is over, as a handler that does not look does. */
export function pour(
  call: ServerWritableStream<Message, Message> | ServerDuplexStream<Message, Message>,
): void {
  const timer = setInterval(() => call.write({ n: 1 }), 2);
  call.on('close', () => clearInterval(timer));
  call.on('cancelled', () => clearInterval(timer));
}

/** Polls; fails after five seconds. */
export async function until(done: () => boolean): Promise<void> {
  const giveUpAtMs = performance.now() + 5_000;
  while (!done()) {
    if (performance.now() > giveUpAtMs) throw new Error(`it did not come to pass: ${done.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
