import type { AttributeDefinition } from './registry.ts';

const any = 'every span';
const rpc = 'rpc spans';
const http = 'HTTP edge';

/** Of every call, over gRPC and HTTP. */
export const callAttributes = {
  'request.id': {
    type: 'string',
    source: 'ryzanstein',
    cardinality: 'request',
    on: any,
    requiredOn: ['rpcServer', 'rpcClient', 'httpEdge', 'chat', 'queue', 'prefill', 'decode', 'leaseWait'],
    description: 'The `x-request-id` of the request.',
    example: '7f1c0c8e5b1f4b0d9a3f6f0b9c5f2e11',
  },
  'error.type': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: 'spans that are errors',
    requiredOn: ['error'],
    description: 'What went wrong: a gRPC status, or a class of error.',
    example: 'DEADLINE_EXCEEDED',
  },

  'rpc.system.name': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: rpc,
    requiredOn: ['rpcServer', 'rpcClient'],
    description: 'The RPC system; stands before the sampler runs.',
    example: 'grpc',
  },
  'rpc.method': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'deployment',
    on: rpc,
    requiredOn: ['rpcServer', 'rpcClient'],
    description: 'The full method; stands before the sampler runs.',
    example: 'ryzanstein.api.v1.LlmService/ChatStream',
  },
  'rpc.response.status_code': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: rpc,
    requiredOn: ['rpcServer', 'rpcClient'],
    description: 'How the call ended, by the name of the gRPC status.',
    example: 'OK',
  },
  'server.address': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'deployment',
    on: `${rpc}, ${http}`,
    requiredOn: ['rpcServer', 'rpcClient'],
    description: 'Host that the caller addressed; of several addresses, their list.',
    example: '127.0.0.1',
  },
  'server.port': {
    type: 'int',
    source: 'opentelemetry',
    cardinality: 'deployment',
    on: `${rpc}, ${http}`,
    description: 'Port that the caller addressed.',
    example: '50051',
  },

  'http.request.method': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: http,
    requiredOn: ['httpEdge'],
    description: 'Method of the request.',
    example: 'POST',
  },
  'http.route': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: http,
    description: 'Route that served it.',
    example: '/v1/chat/completions',
  },
  'http.response.status_code': {
    type: 'int',
    source: 'opentelemetry',
    cardinality: 'few',
    on: http,
    description: 'Status of the answer.',
    example: '200',
  },
  'url.path': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'request',
    on: http,
    requiredOn: ['httpEdge'],
    description: 'Path as it was requested, without the query.',
    example: '/v1/chat/completions',
  },
  'url.full': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'request',
    on: 'HTTP requests made',
    description: 'Address of the request, without user, password and query.',
    example: 'http://127.0.0.1:8080/v1/models',
  },
  'url.scheme': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: http,
    requiredOn: ['httpEdge'],
    description: 'http or https.',
    example: 'http',
  },
} as const satisfies Record<string, AttributeDefinition>;
