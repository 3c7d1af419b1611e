import { Client, credentials, Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';

/** Takes OTLP over gRPC and gives each batch to several receivers, as it came. */
export interface OtlpTee {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const signals = ['trace.v1.TraceService', 'metrics.v1.MetricsService', 'logs.v1.LogsService'];
const asItCame = (bytes: Buffer): Buffer => bytes;

/**
 * A batch counts as taken when all have taken it; where one has not, its sender sends it again, to all.
 *
 * @param receivers host:port of each
 */
export async function startOtlpTee(receivers: readonly string[]): Promise<OtlpTee> {
  const clients = receivers.map((address) => new Client(address, credentials.createInsecure()));
  const give = (client: Client, path: string, batch: Buffer): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest<Buffer, Buffer>(path, asItCame, asItCame, batch, (error, answer) =>
        error === null ? resolve(answer ?? Buffer.alloc(0)) : reject(error),
      );
    });
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  for (const signal of signals) {
    const path = `/opentelemetry.proto.collector.${signal}/Export`;
    const method = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asItCame,
      requestDeserialize: asItCame,
      responseSerialize: asItCame,
      responseDeserialize: asItCame,
    };
    server.addService(
      { Export: method },
      {
        Export({ request }: { readonly request: Buffer }, answer: sendUnaryData<Buffer>) {
          Promise.all(clients.map((client) => give(client, path, request))).then(
            ([first]) => answer(null, first),
            (error: Error) => answer(error),
          );
        },
      },
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      for (const client of clients) client.close();
    },
  };
}
