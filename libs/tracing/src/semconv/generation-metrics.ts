import type { RegisteredMetric } from './metric-definition.ts';

const model = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
] as const;

// The conventions' bounds, doubled from 10 ms on, and one more: the longest deadline is 120 s.
const requestSeconds = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84,
] as const;
const firstTokenSeconds = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;
const perTokenSeconds = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5] as const;
// A wait may last until the longest deadline.
const waitSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] as const;

/** Of texts that are generated, and of the devices that they are generated on. */
export const generationMetrics = {
  'gen_ai.server.request.duration': {
    instrument: 'histogram',
    unit: 's',
    source: 'opentelemetry',
    labels: [...model, 'error.type'],
    bounds: requestSeconds,
    description: 'Generations at the engine.',
  },
  'gen_ai.server.time_to_first_token': {
    instrument: 'histogram',
    unit: 's',
    source: 'opentelemetry',
    labels: model,
    bounds: firstTokenSeconds,
    description: 'Queue and prefill at the engine, of generations that succeeded.',
  },
  'gen_ai.server.time_per_output_token': {
    instrument: 'histogram',
    unit: 's',
    source: 'opentelemetry',
    labels: model,
    bounds: [0.001, 0.0025, 0.005, ...perTokenSeconds],
    description: 'Decode time per token after the first, of generations that succeeded.',
  },
  'ryzanstein.ttft': {
    instrument: 'histogram',
    unit: 's',
    source: 'ryzanstein',
    labels: ['ryzanstein.model'],
    bounds: [...firstTokenSeconds, 30, 60, 120],
    description: 'Request in to first token out, at the edge.',
  },
  'ryzanstein.queue.depth': {
    instrument: 'gauge',
    unit: '{request}',
    source: 'ryzanstein',
    integer: true,
    labels: ['ryzanstein.model'],
    description: 'Requests that wait in the engine.',
  },
  'ryzanstein.queue.duration': {
    instrument: 'histogram',
    unit: 's',
    source: 'ryzanstein',
    labels: ['ryzanstein.model'],
    bounds: waitSeconds,
    description: 'Time that requests waited in the engine.',
  },
  'ryzanstein.batch.size': {
    instrument: 'histogram',
    unit: '{sequence}',
    source: 'ryzanstein',
    labels: ['ryzanstein.model'],
    bounds: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64],
    description: 'Mean sequences per decode step of each generation, as its span has it.',
  },
  'ryzanstein.kv_cache.used': {
    instrument: 'gauge',
    unit: '{token}',
    source: 'ryzanstein',
    integer: true,
    labels: ['ryzanstein.model'],
    description: 'Tokens held in the KV cache.',
  },
  'ryzanstein.kv_cache.limit': {
    instrument: 'gauge',
    unit: '{token}',
    source: 'ryzanstein',
    integer: true,
    labels: ['ryzanstein.model'],
    description: 'Tokens that the KV cache can hold.',
  },
  'ryzanstein.tokens': {
    instrument: 'counter',
    unit: '{token}',
    source: 'ryzanstein',
    integer: true,
    labels: ['ryzanstein.model', 'ryzanstein.token.type'],
    description: 'Tokens, input and output apart, counted at the end of each generation.',
  },
  'ryzanstein.lease.active': {
    instrument: 'gauge',
    unit: '{slot}',
    source: 'ryzanstein',
    integer: true,
    labels: ['ryzanstein.gpu.id'],
    description: 'Slots leased, of each device that is known.',
  },
  'ryzanstein.lease.waiting': {
    instrument: 'gauge',
    unit: '{request}',
    source: 'ryzanstein',
    integer: true,
    labels: [],
    description: 'Requests that wait for a lease.',
  },
  'ryzanstein.lease.wait.duration': {
    instrument: 'histogram',
    unit: 's',
    source: 'ryzanstein',
    labels: ['ryzanstein.model', 'ryzanstein.lease.outcome'],
    bounds: waitSeconds,
    description: 'Time that requests waited for a lease, 0 included; the model of those that got one.',
  },
  'hw.gpu.memory.usage': {
    instrument: 'updowncounter',
    unit: 'By',
    source: 'opentelemetry',
    integer: true,
    labels: ['hw.id'],
    description: 'Memory of a GPU in use; none where the engine computes on processors.',
  },
  'hw.gpu.memory.limit': {
    instrument: 'updowncounter',
    unit: 'By',
    source: 'opentelemetry',
    integer: true,
    labels: ['hw.id'],
    description: 'Memory of a GPU; none where the engine computes on processors.',
  },
} as const satisfies Record<string, RegisteredMetric>;
