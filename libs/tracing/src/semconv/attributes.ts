import type { AttributeDefinition, AttributeType } from './registry.ts';

const any = 'every span';
const rpc = 'rpc spans';
const http = 'HTTP edge';
const root = 'root';
const chat = 'chat <model>';
const lease = 'Acquire SERVER, gpu.lease.wait';

/** Every attribute that the mesh's own spans, links and events carry. */
export const attributes = {
  'request.id': { type: 'string', source: 'ryzanstein', cardinality: 'request', on: any, description: 'The `x-request-id` of the request.', example: '7f1c0c8e5b1f4b0d9a3f6f0b9c5f2e11' },
  'error.type': { type: 'string', source: 'opentelemetry', cardinality: 'few', on: 'spans that are errors', description: 'What went wrong: a gRPC status, or a class of error.', example: 'DEADLINE_EXCEEDED' },

  'rpc.system.name': { type: 'string', source: 'opentelemetry', cardinality: 'few', on: rpc, description: 'The RPC system; stands before the sampler runs.', example: 'grpc' },
  'rpc.method': { type: 'string', source: 'opentelemetry', cardinality: 'deployment', on: rpc, description: 'The full method; stands before the sampler runs.', example: 'ryzanstein.api.v1.LlmService/ChatStream' },
  'rpc.response.status_code': { type: 'string', source: 'opentelemetry', cardinality: 'few', on: rpc, description: 'How the call ended, by the name of the gRPC status.', example: 'OK' },
  'server.address': { type: 'string', source: 'opentelemetry', cardinality: 'deployment', on: `${rpc}, ${http}`, description: 'Host that the caller addressed; of several addresses, their list.', example: '127.0.0.1' },
  'server.port': { type: 'int', source: 'opentelemetry', cardinality: 'deployment', on: `${rpc}, ${http}`, description: 'Port that the caller addressed.', example: '50051' },

  'http.request.method': { type: 'string', source: 'opentelemetry', cardinality: 'few', on: http, description: 'Method of the request.', example: 'POST' },
  'http.route': { type: 'string', source: 'opentelemetry', cardinality: 'few', on: http, description: 'Route that served it.', example: '/v1/chat/completions' },
  'http.response.status_code': { type: 'int', source: 'opentelemetry', cardinality: 'few', on: http, description: 'Status of the answer.', example: '200' },
  'url.path': { type: 'string', source: 'opentelemetry', cardinality: 'request', on: http, description: 'Path as it was requested, without the query.', example: '/v1/chat/completions' },
  'url.scheme': { type: 'string', source: 'opentelemetry', cardinality: 'few', on: http, description: 'http or https.', example: 'http' },

  'ryzanstein.model': { type: 'string', source: 'ryzanstein', cardinality: 'deployment', on: `${root}, ${chat}`, description: 'The model that answers.', example: 'bitnet-7b' },
  'ryzanstein.latency.ttft_ms': { type: 'double', unit: 'ms', source: 'ryzanstein', cardinality: 'request', on: root, description: 'Request in to first token out, at the edge.', example: '41.7' },
  'ryzanstein.latency.total_ms': { type: 'double', unit: 'ms', source: 'ryzanstein', cardinality: 'request', on: root, description: 'Request in to last token out, at the edge.', example: '512.3' },
  'ryzanstein.sampling.priority': { type: 'string', source: 'ryzanstein', cardinality: 'few', on: root, description: '`keep`: the caller asked for this trace.', example: 'keep' },

  'ryzanstein.tokens.input': { type: 'int', unit: 'tokens', source: 'ryzanstein', cardinality: 'request', on: chat, description: 'Tokens of the prompt, cached ones included.', example: '128' },
  'ryzanstein.tokens.output': { type: 'int', unit: 'tokens', source: 'ryzanstein', cardinality: 'request', on: chat, description: 'Tokens of the completion.', example: '64' },
  'ryzanstein.latency.prefill_ms': { type: 'double', unit: 'ms', source: 'ryzanstein', cardinality: 'request', on: chat, description: 'Slot taken to first token sampled.', example: '18.4' },
  'ryzanstein.latency.decode_ms': { type: 'double', unit: 'ms', source: 'ryzanstein', cardinality: 'request', on: chat, description: 'First token to last token.', example: '420.9' },
  'ryzanstein.gpu.id': { type: 'int', source: 'ryzanstein', cardinality: 'deployment', on: `${chat}, ${lease}`, description: 'The device, as the coordinator numbers it.', example: '0' },
  'ryzanstein.batch.size': { type: 'int', unit: 'sequences', source: 'ryzanstein', cardinality: 'few', on: chat, description: 'Mean sequences per decode step, rounded, at least 1.', example: '3' },

  'gen_ai.operation.name': { type: 'string', source: 'opentelemetry', cardinality: 'few', on: chat, description: 'chat, text_completion or embeddings.', example: 'chat' },
  'gen_ai.provider.name': { type: 'string', source: 'opentelemetry', cardinality: 'few', on: chat, description: 'What runs the model.', example: 'llama_cpp' },
  'gen_ai.request.model': { type: 'string', source: 'opentelemetry', cardinality: 'deployment', on: chat, description: 'The model that was asked for.', example: 'bitnet-7b' },
  'gen_ai.request.max_tokens': { type: 'int', unit: 'tokens', source: 'opentelemetry', cardinality: 'request', on: chat, description: 'Most tokens that may be generated.', example: '64' },
  'gen_ai.request.temperature': { type: 'double', source: 'opentelemetry', cardinality: 'request', on: chat, description: 'Sampling temperature.', example: '0.7' },
  'gen_ai.request.top_p': { type: 'double', source: 'opentelemetry', cardinality: 'request', on: chat, description: 'Nucleus sampling.', example: '0.95' },
  'gen_ai.request.top_k': { type: 'int', source: 'opentelemetry', cardinality: 'request', on: chat, description: 'Most likely tokens that are sampled from.', example: '40' },
  'gen_ai.request.seed': { type: 'int', source: 'opentelemetry', cardinality: 'request', on: chat, description: 'Seed that makes the text repeatable.', example: '7' },
  'gen_ai.request.stream': { type: 'boolean', source: 'opentelemetry', cardinality: 'few', on: chat, description: 'True where the answer was streamed.', example: 'true' },
  'gen_ai.response.model': { type: 'string', source: 'opentelemetry', cardinality: 'deployment', on: chat, description: 'The model that answered.', example: 'bitnet-7b' },
  'gen_ai.response.id': { type: 'string', source: 'opentelemetry', cardinality: 'request', on: chat, description: 'Id of the answer.', example: 'chatcmpl-1' },
  'gen_ai.response.finish_reasons': { type: 'string[]', source: 'opentelemetry', cardinality: 'few', on: chat, description: 'Why generation ended: stop, length or error.', example: '["stop"]' },
  'gen_ai.response.time_to_first_chunk': { type: 'double', unit: 's', source: 'opentelemetry', cardinality: 'request', on: chat, description: 'Enqueued to first chunk out of the engine, of streams.', example: '0.0417' },
  'gen_ai.usage.input_tokens': { type: 'int', unit: 'tokens', source: 'opentelemetry', cardinality: 'request', on: chat, description: 'Tokens of the prompt, cached ones included.', example: '128' },
  'gen_ai.usage.output_tokens': { type: 'int', unit: 'tokens', source: 'opentelemetry', cardinality: 'request', on: chat, description: 'Tokens of the completion.', example: '64' },
  'gen_ai.usage.cache_read.input_tokens': { type: 'int', unit: 'tokens', source: 'opentelemetry', cardinality: 'request', on: chat, description: 'Tokens of the prompt that were not computed again.', example: '96' },

  'gen_ai.latency.time_in_queue': { type: 'double', unit: 's', source: 'engines', cardinality: 'request', on: chat, description: 'As vLLM and SGLang have it: the queue phase.', example: '0.0021' },
  'gen_ai.latency.time_to_first_token': { type: 'double', unit: 's', source: 'engines', cardinality: 'request', on: chat, description: 'Queue and prefill: time to first token at the engine.', example: '0.0205' },
  'gen_ai.latency.time_in_model_prefill': { type: 'double', unit: 's', source: 'engines', cardinality: 'request', on: chat, description: 'The prefill phase.', example: '0.0184' },
  'gen_ai.latency.time_in_model_decode': { type: 'double', unit: 's', source: 'engines', cardinality: 'request', on: chat, description: 'The decode phase.', example: '0.4209' },
  'gen_ai.latency.e2e': { type: 'double', unit: 's', source: 'engines', cardinality: 'request', on: chat, description: 'Enqueued to last token.', example: '0.4414' },

  'ryzanstein.phase.truncated': { type: 'boolean', source: 'ryzanstein', cardinality: 'few', on: 'queue, prefill, decode', description: 'True where the request ended within the phase.', example: 'true' },
  'ryzanstein.prefill.chunks': { type: 'int', source: 'ryzanstein', cardinality: 'few', on: 'prefill', description: 'Pieces that the prompt was computed in.', example: '1' },
  'ryzanstein.tokens.cached': { type: 'int', unit: 'tokens', source: 'ryzanstein', cardinality: 'request', on: 'prefill', description: 'Tokens of the prompt that were not computed again.', example: '96' },
  'ryzanstein.decode.steps': { type: 'int', source: 'ryzanstein', cardinality: 'request', on: 'decode', description: 'Steps of the scheduler that the sequence took part in.', example: '63' },
  'ryzanstein.batch.max': { type: 'int', unit: 'sequences', source: 'ryzanstein', cardinality: 'few', on: 'decode', description: 'Most sequences in one of these steps.', example: '4' },
  'ryzanstein.decode.step_p50_ms': { type: 'double', unit: 'ms', source: 'ryzanstein', cardinality: 'request', on: 'decode', description: 'Median duration of these steps.', example: '6.1' },
  'ryzanstein.decode.step_p99_ms': { type: 'double', unit: 'ms', source: 'ryzanstein', cardinality: 'request', on: 'decode', description: '99th percentile of their durations.', example: '11.8' },

  'ryzanstein.gpu.kind': { type: 'string', source: 'ryzanstein', cardinality: 'few', on: lease, description: 'cpu or gpu.', example: 'cpu' },
  'ryzanstein.gpu.name': { type: 'string', source: 'ryzanstein', cardinality: 'deployment', on: lease, description: 'The device, for people.', example: 'AMD EPYC 7B13' },
  'ryzanstein.lease.id': { type: 'string', source: 'ryzanstein', cardinality: 'request', on: `${lease}, links`, description: 'The lease.', example: 'lease-41' },
  'ryzanstein.lease.epoch': { type: 'int', source: 'ryzanstein', cardinality: 'request', on: lease, description: 'Fencing number of the grant.', example: '4294967338' },
  'ryzanstein.lease.waited_ms': { type: 'double', unit: 'ms', source: 'ryzanstein', cardinality: 'request', on: lease, description: 'Request in to grant.', example: '12.5' },
  'ryzanstein.lease.queue_position': { type: 'int', source: 'ryzanstein', cardinality: 'few', on: lease, description: 'How many were ahead on arrival; 0 where it did not wait.', example: '2' },
  'ryzanstein.lease.outcome': { type: 'string', source: 'ryzanstein', cardinality: 'few', on: lease, description: 'granted, cancelled, expired or refused.', example: 'granted' },
  'ryzanstein.lease.reason': { type: 'string', source: 'ryzanstein', cardinality: 'few', on: lease, description: 'Why this device, why now, or why not.', example: 'after_release' },
  'ryzanstein.lease.blocked_ms': { type: 'double', unit: 'ms', source: 'ryzanstein', cardinality: 'request', on: 'Release SERVER', description: 'How long others waited behind the lease.', example: '230.4' },
  'ryzanstein.link.released': { type: 'boolean', source: 'ryzanstein', cardinality: 'few', on: 'links of gpu.lease.wait', description: 'True on the link to the lease whose release admitted this one.', example: 'true' },
} as const satisfies Record<string, AttributeDefinition>;

/** Names of before the RPC release candidate, written under `OTEL_SEMCONV_STABILITY_OPT_IN=rpc/dup` alone. */
export const deprecatedAttributes = {
  'rpc.system': 'rpc.system.name',
  'rpc.service': 'rpc.method',
  'rpc.grpc.status_code': 'rpc.response.status_code',
  'grpc.error_name': 'error.type',
  'grpc.error_message': 'the status message',
  'gen_ai.system': 'gen_ai.provider.name',
  'http.method': 'http.request.method',
  'http.status_code': 'http.response.status_code',
  'net.peer.name': 'server.address',
  'net.peer.port': 'server.port',
} as const satisfies Record<string, string>;

interface ValueOf extends Record<AttributeType, unknown> {
  string: string;
  int: number;
  double: number;
  boolean: boolean;
  'string[]': string[];
}

/** Attributes of the mesh's own spans: keys and types are checked against the registry at compile time. */
export type SpanAttributes = {
  -readonly [K in keyof typeof attributes]?: ValueOf[(typeof attributes)[K]['type']] | undefined;
};
