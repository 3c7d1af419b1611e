import {
  Server,
  ServerCredentials,
  status,
  type handleUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { encodeReceipt, type Signal } from './codec.ts';
import { probe, type Listener } from '../listener.ts';
import { maxBodyBytes, StoreFailure, type Collector } from './collector.ts';
import { Refusal } from './refusal.ts';

const packages = { Trace: 'trace', Logs: 'logs', Metrics: 'metrics' } as const;
const closeGraceMs = 1_000;

/**
 * OTLP/gRPC: the three `Export` methods. Throws the system's error when the address is taken.
 */
export async function listenGrpc(address: string, collect: Collector): Promise<Listener> {
  const server = new Server({
    'grpc.max_receive_message_length': maxBodyBytes,
    'grpc.max_concurrent_streams': 64,
  });
  for (const signal of ['Trace', 'Logs', 'Metrics'] as const)
    server.addService(serviceOf(signal), { export: exporter(signal, collect) });
  // grpc-js would say that an address is taken on the console.
  await probe(address);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `${address.slice(0, address.lastIndexOf(':'))}:${port}`,
    close: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.forceShutdown(), closeGraceMs);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      }),
  };
}

/** Bytes in, bytes out: decoding happens in the handler, so that what cannot be read is the caller's error. */
function serviceOf(signal: Signal): ServiceDefinition {
  const bytes = (value: Buffer): Buffer => value;
  return {
    export: {
      path: `/opentelemetry.proto.collector.${packages[signal]}.v1.${signal}Service/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  };
}

function exporter(signal: Signal, collect: Collector): handleUnaryCall<Buffer, Buffer> {
  return (call, answer) => {
    try {
      answer(null, encodeReceipt(signal, collect(signal, call.request, 'protobuf'), 'protobuf'));
    } catch (error) {
      // UNAVAILABLE makes a sender try again: only where that can help.
      if (error instanceof Refusal) answer({ code: status.INVALID_ARGUMENT, details: error.message });
      else if (error instanceof StoreFailure) answer({ code: status.UNAVAILABLE, details: error.message });
      else answer({ code: status.INTERNAL, details: 'The request failed.' });
    }
  };
}
