// Original file: protos/ryzanstein/engine/v1/engine.proto


export interface TokenIds {
  'ids'?: (number)[];
}

export interface TokenIds__Output {
  'ids': (number)[];
}
