// Original file: protos/ryzanstein/engine/v1/engine.proto


export interface TokenizeResponse {
  'tokens'?: (number);
  'ids'?: (number)[];
}

export interface TokenizeResponse__Output {
  'tokens': (number);
  'ids': (number)[];
}
