// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { Load as _ryzanstein_gpu_v1_Load, Load__Output as _ryzanstein_gpu_v1_Load__Output } from '../../../ryzanstein/gpu/v1/Load.ts';

export interface Device {
  /**
   * Unique within the engine.
   */
  'deviceId'?: (string);
  /**
   * "cpu" or "gpu".
   */
  'kind'?: (string);
  'name'?: (string);
  'model'?: (string);
  /**
   * Tokens of context for one sequence.
   */
  'contextLength'?: (number);
  /**
   * Sequences that really run at once.
   */
  'slots'?: (number);
  /**
   * Leases the coordinator may have out at once: slots + 2, so that no slot idles during a hand-over.
   */
  'capacity'?: (number);
  'load'?: (_ryzanstein_gpu_v1_Load | null);
}

export interface Device__Output {
  /**
   * Unique within the engine.
   */
  'deviceId': (string);
  /**
   * "cpu" or "gpu".
   */
  'kind': (string);
  'name': (string);
  'model': (string);
  /**
   * Tokens of context for one sequence.
   */
  'contextLength': (number);
  /**
   * Sequences that really run at once.
   */
  'slots': (number);
  /**
   * Leases the coordinator may have out at once: slots + 2, so that no slot idles during a hand-over.
   */
  'capacity': (number);
  'load': (_ryzanstein_gpu_v1_Load__Output | null);
}
