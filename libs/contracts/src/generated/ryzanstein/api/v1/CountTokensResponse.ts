// Original file: protos/ryzanstein/api/v1/llm.proto


export interface CountTokensResponse {
  'tokens'?: (number);
  'model'?: (string);
}

export interface CountTokensResponse__Output {
  'tokens': (number);
  'model': (string);
}
