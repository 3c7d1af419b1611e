// Original file: protos/ryzanstein/api/v1/llm.proto


export interface Embedding {
  /**
   * One number per dimension of the model's embedding space.
   */
  'values'?: (number | string)[];
}

export interface Embedding__Output {
  /**
   * One number per dimension of the model's embedding space.
   */
  'values': (number)[];
}
