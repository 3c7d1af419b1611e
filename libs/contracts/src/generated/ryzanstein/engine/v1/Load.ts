// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { Long } from '@grpc/proto-loader';

export interface Load {
  'active'?: (number);
  'queued'?: (number);
  'slots'?: (number);
  'kvTokensUsed'?: (number | string | Long);
  'kvTokensLimit'?: (number | string | Long);
  'draining'?: (boolean);
}

export interface Load__Output {
  'active': (number);
  'queued': (number);
  'slots': (number);
  'kvTokensUsed': (string);
  'kvTokensLimit': (string);
  'draining': (boolean);
}
