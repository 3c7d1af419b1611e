// Original file: protos/ryzanstein/api/v1/llm.proto


export interface ListModelsRequest {
}

export interface ListModelsRequest__Output {
}
