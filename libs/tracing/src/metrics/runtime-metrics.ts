import {
  constants,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
  type PerformanceEntry,
} from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';
import type { MetricRecorder } from './recorder.ts';
import type { BoundHistogram } from './series.ts';

/** How finely the event loop's delay is looked at, in ms: each look is a timer that wakes the process. */
const delayResolutionMs = 20;

/** Observes event loop, heap and processor of this process. Returns what stops it. */
export function observeRuntime(recorder: MetricRecorder): () => void {
  const stops = [
    observeDelay(recorder),
    ...observeUtilization(recorder),
    observeCollections(recorder),
    ...observeHeap(recorder),
    ...observeProcess(recorder),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function observeDelay(recorder: MetricRecorder): () => void {
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  delay.enable();
  const told = (name: DelayName, nanoseconds: () => number) =>
    recorder.observe(name, (report) => {
      if (delay.count > 0) report(nanoseconds() / 1e9, {});
    });
  const stops = [
    told('nodejs.eventloop.delay.min', () => delay.min),
    told('nodejs.eventloop.delay.max', () => delay.max),
    told('nodejs.eventloop.delay.mean', () => delay.mean),
    told('nodejs.eventloop.delay.stddev', () => delay.stddev),
    told('nodejs.eventloop.delay.p50', () => delay.percentile(50)),
    told('nodejs.eventloop.delay.p90', () => delay.percentile(90)),
    // The last one that is read: from here on it is the next reader's time.
    told('nodejs.eventloop.delay.p99', () => {
      const p99 = delay.percentile(99);
      delay.reset();
      return p99;
    }),
  ];
  return () => {
    delay.disable();
    for (const stop of stops) stop();
  };
}

type DelayName = `nodejs.eventloop.delay.${'min' | 'max' | 'mean' | 'stddev' | 'p50' | 'p90' | 'p99'}`;

function observeUtilization(recorder: MetricRecorder): (() => void)[] {
  let last = performance.eventLoopUtilization();
  return [
    recorder.observe('nodejs.eventloop.utilization', (report) => {
      const now = performance.eventLoopUtilization();
      report(performance.eventLoopUtilization(now, last).utilization, {});
      last = now;
    }),
    recorder.observe('nodejs.eventloop.time', (report) => {
      const { active, idle } = performance.eventLoopUtilization();
      report(active / 1e3, { 'nodejs.eventloop.state': 'active' });
      report(idle / 1e3, { 'nodejs.eventloop.state': 'idle' });
    }),
  ];
}

const collections = [
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
] as const;

function observeCollections(recorder: MetricRecorder): () => void {
  const byKind = new Map<unknown, BoundHistogram>(
    collections.map(([kind, type]) => [
      kind,
      recorder.histogram('v8js.gc.duration', { 'v8js.gc.type': type }),
    ]),
  );
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as readonly CollectionEntry[])
      byKind.get(detail?.kind)?.record(duration / 1e3);
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

interface CollectionEntry extends PerformanceEntry {
  readonly detail?: { readonly kind?: number };
}

function observeHeap(recorder: MetricRecorder): (() => void)[] {
  const told = (name: HeapName, bytes: (space: HeapSpace) => number) =>
    recorder.observe(name, (report) => {
      for (const space of getHeapSpaceStatistics())
        report(bytes(space), { 'v8js.heap.space.name': space.space_name });
    });
  return [
    told('v8js.memory.heap.used', (space) => space.space_used_size),
    told('v8js.memory.heap.space.size', (space) => space.space_size),
    told('v8js.memory.heap.space.available_size', (space) => space.space_available_size),
    told('v8js.memory.heap.space.physical_size', (space) => space.physical_space_size),
  ];
}

type HeapSpace = ReturnType<typeof getHeapSpaceStatistics>[number];
type HeapName = `v8js.memory.heap.${'used' | `space.${'size' | 'available_size' | 'physical_size'}`}`;

function observeProcess(recorder: MetricRecorder): (() => void)[] {
  return [
    recorder.observe('process.cpu.time', (report) => {
      const { user, system } = process.cpuUsage();
      report(user / 1e6, { 'cpu.mode': 'user' });
      report(system / 1e6, { 'cpu.mode': 'system' });
    }),
    recorder.observe('process.memory.usage', (report) => report(process.memoryUsage.rss(), {})),
    recorder.observe('process.uptime', (report) => report(process.uptime(), {})),
  ];
}
