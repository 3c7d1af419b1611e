// Original file: protos/ryzanstein/engine/v1/engine.proto


/**
 * As in ryzanstein.api.v1. Not together with `ignore_eos`.
 */
export interface ResponseFormat {
  'type'?: (string);
  'jsonSchema'?: (string);
}

/**
 * As in ryzanstein.api.v1. Not together with `ignore_eos`.
 */
export interface ResponseFormat__Output {
  'type': (string);
  'jsonSchema': (string);
}
