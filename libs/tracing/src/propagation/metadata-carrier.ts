import type { Metadata } from '@grpc/grpc-js';
import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';

/** Reads gRPC metadata for a propagator: one value as it is, several as a list. */
export const metadataGetter: TextMapGetter<Metadata> = {
  get(metadata, key) {
    const values = metadata.get(key);
    if (values.length === 1) return typeof values[0] === 'string' ? values[0] : undefined;
    return values.length === 0 ? undefined : values.filter((value) => typeof value === 'string');
  },
  keys: (metadata) => Object.keys(metadata.getMap()),
};

/** Writes gRPC metadata for a propagator. */
export const metadataSetter: TextMapSetter<Metadata> = {
  set: (metadata, key, value) => metadata.set(key, value),
};
