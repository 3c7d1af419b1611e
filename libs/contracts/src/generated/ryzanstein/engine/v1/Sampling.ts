// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Absent means the engine's default; a present 0 means 0.
 */
export interface Sampling {
  /**
   * 0 is greedy. Default 0.
   */
  'temperature'?: (number | string);
  /**
   * In (0, 1]. Default 1.
   */
  'topP'?: (number | string);
  /**
   * 0 keeps all. Default 0.
   */
  'topK'?: (number);
  /**
   * Default: drawn by the engine, and returned in Accepted.
   */
  'seed'?: (number | string | Long);
  '_temperature'?: "temperature";
  '_topP'?: "topP";
  '_topK'?: "topK";
  '_seed'?: "seed";
}

/**
 * Absent means the engine's default; a present 0 means 0.
 */
export interface Sampling__Output {
  /**
   * 0 is greedy. Default 0.
   */
  'temperature'?: (number);
  /**
   * In (0, 1]. Default 1.
   */
  'topP'?: (number);
  /**
   * 0 keeps all. Default 0.
   */
  'topK'?: (number);
  /**
   * Default: drawn by the engine, and returned in Accepted.
   */
  'seed'?: (string);
  '_temperature'?: "temperature";
  '_topP'?: "topP";
  '_topK'?: "topK";
  '_seed'?: "seed";
}
