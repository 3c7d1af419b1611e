// Original file: protos/ryzanstein/api/v1/llm.proto


export interface EmbedRequest {
  'model'?: (string);
  'input'?: (string)[];
}

export interface EmbedRequest__Output {
  'model': (string);
  'input': (string)[];
}
