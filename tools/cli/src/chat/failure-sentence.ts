import { isHandshakeFailure, type RpcError } from '@ryzanstein/rpc';
import { durationTextMs } from '@ryzanstein/trace-analysis';
import { phrase } from '../phrase.ts';
import { printable } from '../trace/printable.ts';

export interface CallSituation {
  readonly address: string;
  readonly timeoutMs: number;
}

/** A failed call in one sentence, with what mends it. */
export function failureSentence(error: RpcError, situation: CallSituation): string {
  return printable(sentence(error, situation));
}

function sentence(error: RpcError, { address, timeoutMs }: CallSituation): string {
  if (isHandshakeFailure(error)) return error.message;
  switch (error.code) {
    case 'UNAVAILABLE':
      return cameFromTheMesh(error)
        ? `The mesh cannot take this now: ${phrase(error.message)}${retryHint(error)}.`
        : `Nothing answers at ${address}: start the mesh with \`npm start\`, or name another --address (${phrase(error.message)}).`;
    case 'DEADLINE_EXCEEDED':
      return `No end of the answer within ${durationTextMs(timeoutMs)}: the trace shows what it waited for; a longer --timeout gives it more.`;
    case 'INVALID_ARGUMENT':
      return `The mesh refuses this request: ${violations(error)}.`;
    case 'NOT_FOUND':
      return `${phrase(error.message)}.`;
    case 'RESOURCE_EXHAUSTED':
      return `The mesh takes no more: ${phrase(error.message)}${retryHint(error)}.`;
    case 'UNIMPLEMENTED':
      return `What listens at ${address} does not offer this call: ${phrase(error.message)}. Is it the mesh's api-server?`;
    case 'UNAUTHENTICATED':
      return `The mesh refuses whoever has no valid key: ${phrase(error.message)}. ryz shows the one of RYZ_API_KEY.`;
    case 'CANCELLED':
      return `The call was cancelled: ${phrase(error.message)}.`;
    default:
      return `The call failed with ${error.code}: ${phrase(error.message)}.`;
  }
}

// Every error that a handler gives carries the request id; what grpc makes up here does not.
function cameFromTheMesh(error: RpcError): boolean {
  return error.retryAfterMs !== undefined || 'x-request-id' in error.trailers;
}

function violations(error: RpcError): string {
  if (error.violations.length === 0) return phrase(error.message);
  return error.violations.map(({ field, description }) => `${field}: ${phrase(description)}`).join('; ');
}

function retryHint(error: RpcError): string {
  return error.retryAfterMs === undefined ? '' : `; try again in ${durationTextMs(error.retryAfterMs)}`;
}
