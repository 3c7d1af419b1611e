import type { LeaseEvent } from '@ryzanstein/contracts/gpu';
import { printable } from '../trace/printable.ts';

/** What happened, in the words of the interface: HELD, GRANTED, RELEASED, REVOKED, WAITING, LEFT. */
export function eventName({ kind }: LeaseEvent): string {
  return kind.replace('KIND_', '');
}

const eventWidth = 'RELEASED'.length;

/** One event as a line. Who only waits has no device and no lease. */
export function leaseLine(event: LeaseEvent): string {
  const { leaseId, gpuId, clientId, requestId, reason } = event;
  const pairs = [
    ['request', requestId],
    ['client', clientId],
    ...(leaseId === '' ? [] : [['gpu', String(gpuId)] as const, ['lease', leaseId] as const]),
    ['reason', reason],
  ].filter(([, value]) => value !== '');
  const text = pairs.map(([key, value]) => `${key}=${printable(value ?? '')}`).join(' ');
  return `${eventName(event).padEnd(eventWidth)} ${text}`;
}

/** The same for machines. */
export function leaseJson(event: LeaseEvent): object {
  const { leaseId, gpuId, clientId, holderId, requestId, reason, epoch } = event;
  const lease = leaseId === '' ? {} : { leaseId, epoch, gpuId };
  return { event: eventName(event), requestId, clientId, holderId, ...lease, reason };
}
