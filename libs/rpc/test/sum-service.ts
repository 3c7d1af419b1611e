import type { handleBidiStreamingCall, handleClientStreamingCall, ServiceDefinition } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import type { AnyService } from '../src/service-shapes.ts';

export interface Term {
  value: number;
}

interface SumHandlers {
  Sum: handleClientStreamingCall<Term, Term>;
  RunningSum: handleBidiStreamingCall<Term, Term>;
}

interface SumDefinition {
  Sum: MethodDefinition<Term, Term, Term, Term>;
  RunningSum: MethodDefinition<Term, Term, Term, Term>;
}

const write = (term: Term): Buffer => Buffer.from(JSON.stringify(term));
const read = (bytes: Buffer): Term => JSON.parse(bytes.toString()) as Term;

function method(name: string, responseStream: boolean) {
  return {
    path: `/test.v1.SumService/${name}`,
    requestStream: true,
    responseStream,
    requestSerialize: write,
    requestDeserialize: read,
    responseSerialize: write,
    responseDeserialize: read,
  };
}

const definition: ServiceDefinition = { Sum: method('Sum', false), RunningSum: method('RunningSum', true) };

/** A service with a client-streaming method, which the mesh's own contracts do not have. */
export const sumService = definition as AnyService & SumDefinition & { readonly __handlers?: SumHandlers };
