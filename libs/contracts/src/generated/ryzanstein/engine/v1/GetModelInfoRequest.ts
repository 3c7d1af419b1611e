// Original file: protos/ryzanstein/engine/v1/engine.proto


export interface GetModelInfoRequest {
}

export interface GetModelInfoRequest__Output {
}
