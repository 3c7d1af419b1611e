import type { EventDefinition, Requiring, SpanDefinition } from './registry.ts';

const rpcMethod = /^(?:[a-z][a-z0-9_]*\.)+[A-Z][A-Za-z0-9]*\/[A-Z][A-Za-z0-9]*$/;

/**
 * Every span that the mesh emits by itself.
 *
 * @example
 * console.log(spans.leaseWait.pattern.test('gpu.lease.wait')); // true
 */
export const spans = {
  rpcServer: {
    name: '<package>.<Service>/<Method>',
    pattern: rpcMethod,
    kinds: ['SERVER'],
    services: 'all',
    description:
      'One per call that is served. Long-lived streams (KeepAlive, ReportDevices, WatchLeases), health and reflection make none.',
  },
  rpcClient: {
    name: '<package>.<Service>/<Method>',
    pattern: rpcMethod,
    kinds: ['CLIENT'],
    services: 'all',
    description: 'One per call that is made, with the same exceptions.',
  },
  httpEdge: {
    name: '<method> <route>',
    pattern: /^(?:CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE|HTTP)(?: [/*]\S*)?$/,
    kinds: ['SERVER'],
    services: 'ryzanstein-api',
    description: 'A request to the HTTP edge. Where no route serves it, the method alone.',
  },
  httpClient: {
    name: '<method>',
    pattern: /^(?:CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|QUERY|TRACE|HTTP)$/,
    kinds: ['CLIENT'],
    services: 'all',
    description: 'A request made by `tracedFetch`, up to the headers of its answer.',
  },
  chat: {
    name: 'chat <model>',
    pattern: /^(?:chat|text_completion)(?: \S.*)?$/,
    kinds: ['INTERNAL'],
    services: 'ryzanstein-inference',
    description: 'One generation, from its arrival at the engine to its last token.',
  },
  remoteChat: {
    name: 'chat <model>',
    pattern: /^(?:chat|text_completion)(?: \S.*)?$/,
    kinds: ['CLIENT'],
    services: 'ryzanstein-inference',
    description:
      "The same where another server runs the model: its own spans continue this one. Below it stands the wait for a slot here; the phases are the server's to tell.",
  },
  embeddings: {
    name: 'embeddings <model>',
    pattern: /^embeddings(?: \S.*)?$/,
    kinds: ['INTERNAL'],
    services: 'ryzanstein-inference',
    description:
      'The texts of one request made into vectors, from their arrival at the engine to the last vector.',
  },
  remoteEmbeddings: {
    name: 'embeddings <model>',
    pattern: /^embeddings(?: \S.*)?$/,
    kinds: ['CLIENT'],
    services: 'ryzanstein-inference',
    description: 'The same where another server embeds them.',
  },
  queue: {
    name: 'queue',
    pattern: /^queue$/,
    kinds: ['INTERNAL'],
    services: 'ryzanstein-inference',
    description: 'Arrived to has a slot.',
  },
  prefill: {
    name: 'prefill',
    pattern: /^prefill$/,
    kinds: ['INTERNAL'],
    services: 'ryzanstein-inference',
    description: 'Has a slot to first token sampled.',
  },
  decode: {
    name: 'decode',
    pattern: /^decode$/,
    kinds: ['INTERNAL'],
    services: 'ryzanstein-inference',
    description: 'First token to last token.',
  },
  leaseWait: {
    name: 'gpu.lease.wait',
    pattern: /^gpu\.lease\.wait$/,
    kinds: ['INTERNAL'],
    services: 'ryzanstein-gpu',
    description:
      'A request that waited for a device. Links to the Acquire spans of the leases that were held when it queued, at most 8.',
  },
} as const satisfies Record<Exclude<Requiring, 'error'>, SpanDefinition>;

/**
 * Every event of these spans.
 *
 * @example
 * console.log(events.first_token.on); // chat <model>
 */
export const events = {
  first_token: { on: 'chat <model>', description: 'The first token was sampled.' },
} as const satisfies Record<string, EventDefinition>;
