/** The body of a program that serves one call, makes it, and has `spans` of both sides. */
export const oneCall = `
const bytes = { requestSerialize: (b) => b, requestDeserialize: (b) => b, responseSerialize: (b) => b, responseDeserialize: (b) => b };
const definition = { Ask: { path: '/shop.v1.Shop/Ask', requestStream: false, responseStream: false, ...bytes } };

async function oneCall() {
  const recorder = recordSpans();
  const telemetry = startTelemetry({ serviceName: 'shop', spanProcessors: [recorder] });
  const server = new grpc.Server();
  server.addService(definition, { Ask: (call, answer) => answer(null, call.request) });
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound)));
  const Shop = grpc.makeClientConstructor(definition, 'Shop');
  const client = new Shop('127.0.0.1:' + port, grpc.credentials.createInsecure());
  await new Promise((resolve, reject) =>
    client.Ask(Buffer.from('x'), (error) => (error ? reject(error) : resolve())));
  const [one, other] = await recorder.whenIdle(2);
  client.close();
  server.forceShutdown();
  await telemetry.shutdown();
  return [one.kind + ' ' + one.name, other.kind + ' ' + other.name,
    other.parentSpanId === one.spanId ? 'one trace' : 'two traces'].join(', ');
}
`;

/** What it has when both sides were traced. */
export const tracedCall = 'CLIENT shop.v1.Shop/Ask, SERVER shop.v1.Shop/Ask, one trace';

export const esmImports = `
import grpc from '@grpc/grpc-js';
import { startTelemetry } from '@ryzanstein/tracing';
import { recordSpans } from '@ryzanstein/tracing/testing';
`;

export const commonJsImports = `
const grpc = require('@grpc/grpc-js');
const { startTelemetry } = require('@ryzanstein/tracing');
const { recordSpans } = require('@ryzanstein/tracing/testing');
`;

export const printIt = `
oneCall().then(console.log, (error) => {
  console.error(error.name + ': ' + error.message);
  process.exitCode = 1;
});
`;
