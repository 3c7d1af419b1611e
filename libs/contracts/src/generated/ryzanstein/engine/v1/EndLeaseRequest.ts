// Original file: protos/ryzanstein/engine/v1/engine.proto


export interface EndLeaseRequest {
  'leaseId'?: (string);
}

export interface EndLeaseRequest__Output {
  'leaseId': (string);
}
