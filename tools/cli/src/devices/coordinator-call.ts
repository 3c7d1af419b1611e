import { gpuCoordinator } from '@ryzanstein/contracts';
import { createRpcClient, isHandshakeFailure, RpcError, type TlsSource } from '@ryzanstein/rpc';
import { CommandFailure, type CliIo } from '../cli-io.ts';
import { phrase } from '../phrase.ts';
import { printable } from '../trace/printable.ts';

/** How long one answer of the coordinator may take; ms. */
export const answerWithinMs = 5_000;

/** A client of the mesh's coordinator; to be closed by whoever opened it. */
export type CoordinatorClient = ReturnType<typeof connectCoordinator>;

/** Opens a client; nothing is connected before the first call. */
export function connectCoordinator(address: string, tls?: TlsSource) {
  return createRpcClient(gpuCoordinator, address, { tls });
}

/** What ends a command whose call failed: its user's Ctrl-C, or a sentence with what mends it. */
export function coordinatorFailure(reason: unknown, address: string, io: CliIo): CommandFailure {
  if (io.interrupted.aborted) return new CommandFailure('Cancelled.', 130, { cause: reason });
  return new CommandFailure(printable(sentence(RpcError.from(reason), address)), 1, { cause: reason });
}

function sentence(error: RpcError, address: string): string {
  const { code, message } = error;
  if (isHandshakeFailure(error)) return message;
  const text = phrase(message);
  switch (code) {
    case 'UNAVAILABLE':
      return `No coordinator answers at ${address}: start the mesh with \`npm start\`, or name another --coordinator (${text}).`;
    case 'DEADLINE_EXCEEDED':
      return `The coordinator at ${address} does not answer within ${answerWithinMs / 1_000} s: is it the coordinator's gRPC address?`;
    case 'UNIMPLEMENTED':
      return `What listens at ${address} is no coordinator (${text}): it listens at port 50052 unless told otherwise.`;
    case 'RESOURCE_EXHAUSTED':
      return `The coordinator ended the watch: ${text}.`;
    default:
      return `The call failed with ${code}: ${text}.`;
  }
}
