// Original file: protos/ryzanstein/engine/v1/engine.proto


export interface GetLoadRequest {
}

export interface GetLoadRequest__Output {
}
