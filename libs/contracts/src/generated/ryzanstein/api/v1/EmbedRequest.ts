// Original file: protos/ryzanstein/api/v1/llm.proto


export interface EmbedRequest {
  /**
   * Empty: the only model that is served.
   */
  'model'?: (string);
  /**
   * 1 to 256 texts, none empty, each of less tokens than the model's context has.
   */
  'input'?: (string)[];
}

export interface EmbedRequest__Output {
  /**
   * Empty: the only model that is served.
   */
  'model': (string);
  /**
   * 1 to 256 texts, none empty, each of less tokens than the model's context has.
   */
  'input': (string)[];
}
