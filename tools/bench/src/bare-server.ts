/** A process with the least that grpc-js can serve: one unary method, bytes in, bytes out. */
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { bareMethod } from './bare-method.ts';

const answer: handleUnaryCall<Buffer, Buffer> = (_call, respond) => respond(null, Buffer.alloc(0));
const server = new Server();
server.addService({ Call: bareMethod }, { Call: answer });
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.send?.(port);
});
process.on('disconnect', () => process.exit(0));
