import type { AttributeDefinition } from './registry.ts';

const lease = 'Acquire SERVER, gpu.lease.wait';

/** Of a lease of a device. */
export const leaseAttributes = {
  'ryzanstein.gpu.kind': {
    type: 'string',
    source: 'ryzanstein',
    cardinality: 'few',
    on: lease,
    description: 'cpu or gpu.',
    example: 'cpu',
  },
  'ryzanstein.gpu.name': {
    type: 'string',
    source: 'ryzanstein',
    cardinality: 'deployment',
    on: lease,
    description: 'The device, for people.',
    example: 'AMD EPYC 7B13',
  },
  'ryzanstein.lease.id': {
    type: 'string',
    source: 'ryzanstein',
    cardinality: 'request',
    on: `${lease}, links`,
    description: 'The lease.',
    example: 'lease-41',
  },
  'ryzanstein.lease.epoch': {
    type: 'int',
    source: 'ryzanstein',
    cardinality: 'request',
    on: lease,
    description: 'Fencing number of the grant.',
    example: '4294967338',
  },
  'ryzanstein.lease.waited_ms': {
    type: 'double',
    unit: 'ms',
    source: 'ryzanstein',
    cardinality: 'request',
    on: lease,
    description: 'Request in to grant.',
    example: '12.5',
  },
  'ryzanstein.lease.queue_position': {
    type: 'int',
    source: 'ryzanstein',
    cardinality: 'few',
    on: lease,
    description: 'How many were ahead on arrival; 0 where it did not wait.',
    example: '2',
  },
  'ryzanstein.lease.outcome': {
    type: 'string',
    source: 'ryzanstein',
    cardinality: 'few',
    on: lease,
    description: 'granted, cancelled, expired or refused.',
    example: 'granted',
  },
  'ryzanstein.lease.reason': {
    type: 'string',
    source: 'ryzanstein',
    cardinality: 'few',
    on: lease,
    description: 'Why this device, why now, or why not.',
    example: 'after_release',
  },
  'ryzanstein.lease.blocked_ms': {
    type: 'double',
    unit: 'ms',
    source: 'ryzanstein',
    cardinality: 'request',
    on: 'Release SERVER',
    description: 'How long others waited behind the lease.',
    example: '230.4',
  },
  'ryzanstein.link.released': {
    type: 'boolean',
    source: 'ryzanstein',
    cardinality: 'few',
    on: 'links of gpu.lease.wait',
    description: 'True on the link to the lease whose release admitted this one.',
    example: 'true',
  },
} as const satisfies Record<string, AttributeDefinition>;
