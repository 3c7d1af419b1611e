// Original file: protos/ryzanstein/engine/v1/engine.proto


export interface EndLeaseResponse {
}

export interface EndLeaseResponse__Output {
}
