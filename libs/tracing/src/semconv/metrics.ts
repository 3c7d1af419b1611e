import type { MetricDefinition } from './registry.ts';

const model = ['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model', 'gen_ai.response.model'];
const rpc = ['rpc.system.name', 'rpc.method', 'rpc.response.status_code', 'error.type', 'server.address', 'server.port'];

/** Names that the mesh keeps for its metrics, with unit and labels. */
export const metrics = {
  'rpc.server.call.duration': { instrument: 'histogram', unit: 's', source: 'opentelemetry', labels: rpc, description: 'Calls served.' },
  'rpc.client.call.duration': { instrument: 'histogram', unit: 's', source: 'opentelemetry', labels: rpc, description: 'Calls made.' },
  'http.server.request.duration': { instrument: 'histogram', unit: 's', source: 'opentelemetry', labels: ['http.request.method', 'http.route', 'http.response.status_code', 'url.scheme', 'error.type'], description: 'Requests at the HTTP edge.' },
  'gen_ai.server.request.duration': { instrument: 'histogram', unit: 's', source: 'opentelemetry', labels: [...model, 'error.type'], description: 'Generations at the engine.' },
  'gen_ai.server.time_to_first_token': { instrument: 'histogram', unit: 's', source: 'opentelemetry', labels: model, description: 'Queue and prefill at the engine, of generations that succeeded.' },
  'gen_ai.server.time_per_output_token': { instrument: 'histogram', unit: 's', source: 'opentelemetry', labels: model, description: 'Decode time per token after the first.' },
  'ryzanstein.ttft': { instrument: 'histogram', unit: 's', source: 'ryzanstein', labels: ['ryzanstein.model'], description: 'Request in to first token out, at the edge.' },
  'ryzanstein.queue.depth': { instrument: 'gauge', unit: '{request}', source: 'ryzanstein', labels: ['ryzanstein.model'], description: 'Requests that wait in the engine.' },
  'ryzanstein.queue.duration': { instrument: 'histogram', unit: 's', source: 'ryzanstein', labels: ['ryzanstein.model'], description: 'Time that requests waited in the engine.' },
  'ryzanstein.batch.size': { instrument: 'histogram', unit: '{sequence}', source: 'ryzanstein', labels: ['ryzanstein.model'], description: 'Sequences per decode step.' },
  'ryzanstein.kv_cache.used': { instrument: 'gauge', unit: '{token}', source: 'ryzanstein', labels: ['ryzanstein.model'], description: 'Tokens held in the KV cache.' },
  'ryzanstein.kv_cache.limit': { instrument: 'gauge', unit: '{token}', source: 'ryzanstein', labels: ['ryzanstein.model'], description: 'Tokens that the KV cache can hold.' },
  'ryzanstein.lease.active': { instrument: 'gauge', unit: '{lease}', source: 'ryzanstein', labels: ['ryzanstein.gpu.id'], description: 'Leases held.' },
  'ryzanstein.lease.waiting': { instrument: 'gauge', unit: '{request}', source: 'ryzanstein', labels: ['ryzanstein.model'], description: 'Requests that wait for a lease.' },
  'ryzanstein.lease.wait.duration': { instrument: 'histogram', unit: 's', source: 'ryzanstein', labels: ['ryzanstein.model', 'ryzanstein.lease.outcome'], description: 'Time that requests waited for a lease.' },
  'ryzanstein.tokens': { instrument: 'counter', unit: '{token}', source: 'ryzanstein', labels: ['ryzanstein.model', 'ryzanstein.token.type'], description: 'Tokens, input and output apart.' },
  'hw.gpu.utilization': { instrument: 'gauge', unit: '1', source: 'opentelemetry', labels: ['hw.id'], description: 'Share of time that the device was busy.' },
  'hw.gpu.memory.usage': { instrument: 'gauge', unit: 'By', source: 'opentelemetry', labels: ['hw.id'], description: 'Memory of the device in use.' },
  'hw.gpu.memory.limit': { instrument: 'gauge', unit: 'By', source: 'opentelemetry', labels: ['hw.id'], description: 'Memory of the device.' },
  'nodejs.eventloop.delay.p99': { instrument: 'gauge', unit: 's', source: 'opentelemetry', labels: [], description: '99th percentile of the event loop\'s delay.' },
  'nodejs.eventloop.utilization': { instrument: 'gauge', unit: '1', source: 'opentelemetry', labels: [], description: 'Share of time that the event loop was busy.' },
} as const satisfies Record<string, MetricDefinition>;
