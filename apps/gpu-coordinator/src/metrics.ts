import type { MetricRecorder } from '@ryzanstein/tracing';
import type { LeaseControl } from './lease-control.ts';

/** Tells how many leases are out on each device, and how many wait. Returns what stops it. */
export function observeLeases(
  metrics: MetricRecorder,
  control: Pick<LeaseControl, 'devices' | 'waiting'>,
): () => void {
  const stops = [
    metrics.observe('ryzanstein.lease.waiting', (report) => report(control.waiting, {})),
    metrics.observe('ryzanstein.lease.active', (report) => {
      for (const { device, leased } of control.devices())
        report(leased, { 'ryzanstein.gpu.id': device.gpuId });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
