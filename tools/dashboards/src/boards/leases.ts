import { board } from '../board.ts';
import { graph, number, records } from '../panels.ts';
import { mesh, quantile, rate } from '../promql.ts';

const wait = 'ryzanstein_lease_wait_duration_seconds';

/** Who holds the devices, and who waits for them. */
export const leases = board(
  'ryzanstein-leases',
  'Leases and devices',
  'Who holds the devices, who waits for them, and what they and the processes use.',
  [
    {
      title: 'Leases',
      panels: [
        number(
          { title: 'Devices', about: 'Known to the coordinator.', unit: 'short' },
          `count(count by (ryzanstein_gpu_id) (ryzanstein_lease_active{${mesh}}))`,
        ),
        number(
          { title: 'Slots leased', about: 'Of all devices.', unit: 'short' },
          `sum(ryzanstein_lease_active{${mesh}})`,
        ),
        number(
          { title: 'Waiting', about: 'Requests without a lease.', unit: 'short' },
          `sum(ryzanstein_lease_waiting{${mesh}})`,
        ),
        number({ title: 'Wait', about: '95th percentile.', unit: 's' }, quantile(0.95, wait, '')),
        graph(
          { title: 'Slots leased', about: 'Of each device.', unit: 'short' },
          {
            promql: `sum by (ryzanstein_gpu_id) (ryzanstein_lease_active{${mesh}})`,
            legend: 'device {{ryzanstein_gpu_id}}',
          },
        ),
        graph(
          { title: 'Waiting', about: 'Requests that wait for a lease.', unit: 'short' },
          { promql: `sum(ryzanstein_lease_waiting{${mesh}})`, legend: 'waiting' },
        ),
        graph(
          { title: 'Wait for a lease', about: '0 where a slot was free at once.', unit: 's' },
          { promql: quantile(0.5, wait, ''), legend: 'median' },
          { promql: quantile(0.95, wait, ''), legend: '95 %' },
          { promql: quantile(0.99, wait, ''), legend: '99 %' },
        ),
        graph(
          {
            title: 'Outcomes',
            about: 'Requests for a lease each second, by what became of them.',
            unit: 'reqps',
          },
          {
            promql: rate(`${wait}_count`, 'ryzanstein_lease_outcome'),
            legend: '{{ryzanstein_lease_outcome}}',
          },
        ),
        records(
          'Coordinator',
          'Log records of the coordinator: grants, releases, engines that come and go.',
          'service.name:"ryzanstein-gpu"',
        ),
      ],
    },
    {
      title: 'Processes',
      panels: [
        graph(
          { title: 'Processor', about: 'Seconds of processor time each second.', unit: 'percentunit' },
          { promql: rate('process_cpu_time_seconds_total', 'service_name'), legend: '{{service_name}}' },
        ),
        graph(
          { title: 'Memory', about: 'Physical memory.', unit: 'bytes' },
          {
            promql: `sum by (service_name) (process_memory_usage_bytes{${mesh}})`,
            legend: '{{service_name}}',
          },
        ),
        graph(
          {
            title: 'Event loop',
            about:
              '99th percentile of its delay: what a process that computes on it makes all its requests wait.',
            unit: 's',
          },
          {
            promql: `max by (service_name) (nodejs_eventloop_delay_p99_seconds{${mesh}})`,
            legend: '{{service_name}}',
          },
        ),
        graph(
          { title: 'Garbage collection', about: 'Seconds of it each second.', unit: 'percentunit' },
          { promql: rate('v8js_gc_duration_seconds_sum', 'service_name'), legend: '{{service_name}}' },
        ),
        graph(
          {
            title: 'Memory of GPUs',
            about: 'In use. None where the engine computes on processors.',
            unit: 'bytes',
            width: 24,
          },
          { promql: `sum by (hw_id) (hw_gpu_memory_usage_bytes{${mesh}}) or vector(0)`, legend: '{{hw_id}}' },
        ),
      ],
    },
  ],
);
