// Original file: protos/ryzanstein/gpu/v1/coordinator.proto


export interface ListDevicesRequest {
}

export interface ListDevicesRequest__Output {
}
