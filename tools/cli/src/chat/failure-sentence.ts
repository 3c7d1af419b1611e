import type { RpcError } from '@ryzanstein/rpc';
import { durationTextMs } from '@ryzanstein/trace-analysis';
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
  switch (error.code) {
    case 'UNAVAILABLE':
      return cameFromTheMesh(error)
        ? `The mesh cannot take this now: ${trimmed(error.message)}${retryHint(error)}.`
        : `Nothing answers at ${address}: start the mesh with \`npm start\`, or name another --address (${trimmed(error.message)}).`;
    case 'DEADLINE_EXCEEDED':
      return `No end of the answer within ${durationTextMs(timeoutMs)}: the trace shows what it waited for; a longer --timeout gives it more.`;
    case 'INVALID_ARGUMENT':
      return `The mesh refuses this request: ${violations(error)}.`;
    case 'NOT_FOUND':
      return `${trimmed(error.message)}.`;
    case 'RESOURCE_EXHAUSTED':
      return `The mesh takes no more: ${trimmed(error.message)}${retryHint(error)}.`;
    case 'UNIMPLEMENTED':
      return `What listens at ${address} does not offer this call: ${trimmed(error.message)}. Is it the mesh's api-server?`;
    case 'UNAUTHENTICATED':
      return `The mesh refuses whoever has no valid key: ${trimmed(error.message)}. ryz shows the one of RYZ_API_KEY.`;
    case 'CANCELLED':
      return `The call was cancelled: ${trimmed(error.message)}.`;
    default:
      return `The call failed with ${error.code}: ${trimmed(error.message)}.`;
  }
}

// Every error that a handler gives carries the request id; what grpc makes up here does not.
function cameFromTheMesh(error: RpcError): boolean {
  return error.retryAfterMs !== undefined || 'x-request-id' in error.trailers;
}

function violations(error: RpcError): string {
  if (error.violations.length === 0) return trimmed(error.message);
  return error.violations.map(({ field, description }) => `${field}: ${trimmed(description)}`).join('; ');
}

function retryHint(error: RpcError): string {
  return error.retryAfterMs === undefined ? '' : `; try again in ${durationTextMs(error.retryAfterMs)}`;
}

function trimmed(message: string): string {
  return message.trim().replace(/\.$/, '');
}
