// Original file: protos/ryzanstein/gpu/v1/coordinator.proto


export interface WatchLeasesRequest {
}

export interface WatchLeasesRequest__Output {
}
