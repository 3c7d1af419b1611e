// Original file: protos/ryzanstein/engine/v1/engine.proto


export interface Embedding {
  'values'?: (number | string)[];
}

export interface Embedding__Output {
  'values': (number)[];
}
