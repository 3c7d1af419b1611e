// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { Long } from '@grpc/proto-loader';

export interface ModelInfo {
  'model'?: (string);
  /**
   * "llama_cpp" or "openai".
   */
  'backend'?: (string);
  'architecture'?: (string);
  'quantization'?: (string);
  'parameters'?: (number | string | Long);
  'contextLength'?: (number);
  'slots'?: (number);
  'vocabulary'?: (number);
  'fileBytes'?: (number | string | Long);
}

export interface ModelInfo__Output {
  'model': (string);
  /**
   * "llama_cpp" or "openai".
   */
  'backend': (string);
  'architecture': (string);
  'quantization': (string);
  'parameters': (string);
  'contextLength': (number);
  'slots': (number);
  'vocabulary': (number);
  'fileBytes': (string);
}
