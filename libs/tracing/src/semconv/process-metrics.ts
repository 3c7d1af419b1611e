import type { RegisteredMetric } from './metric-definition.ts';

const gcSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

const delay = (of: string) =>
  ({
    instrument: 'gauge',
    unit: 's',
    source: 'opentelemetry',
    labels: [],
    description: `${of} of the event loop's delay, since it was last read.`,
  }) as const satisfies RegisteredMetric;

const heapSpace = (of: string) =>
  ({
    instrument: 'updowncounter',
    unit: 'By',
    source: 'opentelemetry',
    integer: true,
    labels: ['v8js.heap.space.name'],
    description: of,
  }) as const satisfies RegisteredMetric;

/** Of the process itself: event loop, heap and processor. */
export const processMetrics = {
  'nodejs.eventloop.delay.min': delay('Minimum'),
  'nodejs.eventloop.delay.max': delay('Maximum'),
  'nodejs.eventloop.delay.mean': delay('Mean'),
  'nodejs.eventloop.delay.stddev': delay('Standard deviation'),
  'nodejs.eventloop.delay.p50': delay('Median'),
  'nodejs.eventloop.delay.p90': delay('90th percentile'),
  'nodejs.eventloop.delay.p99': delay('99th percentile'),
  'nodejs.eventloop.time': {
    instrument: 'counter',
    unit: 's',
    source: 'opentelemetry',
    labels: ['nodejs.eventloop.state'],
    description: 'Time that the event loop worked, and that it waited.',
  },
  'nodejs.eventloop.utilization': {
    instrument: 'gauge',
    unit: '1',
    source: 'opentelemetry',
    labels: [],
    description: 'Share of time that the event loop was busy, since it was last read.',
  },
  'v8js.gc.duration': {
    instrument: 'histogram',
    unit: 's',
    source: 'opentelemetry',
    labels: ['v8js.gc.type'],
    bounds: gcSeconds,
    description: 'Garbage collections.',
  },
  'v8js.memory.heap.used': heapSpace('Bytes of a heap space in use.'),
  'v8js.memory.heap.space.size': heapSpace('Bytes set aside for a heap space.'),
  'v8js.memory.heap.space.available_size': heapSpace('Bytes of a heap space that are free.'),
  'v8js.memory.heap.space.physical_size': heapSpace('Bytes of a heap space that are committed.'),
  'process.cpu.time': {
    instrument: 'counter',
    unit: 's',
    source: 'opentelemetry',
    labels: ['cpu.mode'],
    description: 'Processor time of the process.',
  },
  'process.memory.usage': {
    instrument: 'updowncounter',
    unit: 'By',
    source: 'opentelemetry',
    integer: true,
    labels: [],
    description: 'Physical memory of the process.',
  },
  'process.uptime': {
    instrument: 'gauge',
    unit: 's',
    source: 'opentelemetry',
    labels: [],
    description: 'Time since the process started.',
  },
} as const satisfies Record<string, RegisteredMetric>;
