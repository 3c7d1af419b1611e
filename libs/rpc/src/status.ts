import { status } from '@grpc/grpc-js';

/** A gRPC status by its name, as in `grpc.status`. */
export type StatusName = keyof typeof status;

const nameByCode = new Map<number, StatusName>(
  Object.entries(status)
    .filter((entry): entry is [StatusName, status] => typeof entry[1] === 'number')
    .map(([name, code]) => [code, name]),
);

/** The number that stands for a status on the wire. */
export function statusCode(name: StatusName): number {
  return status[name];
}

/** The name of a status number; numbers that gRPC does not define are read as UNKNOWN, as gRPC asks. */
export function statusName(code: number): StatusName {
  return nameByCode.get(code) ?? 'UNKNOWN';
}
