import type { Metadata } from '@grpc/grpc-js';
import { decodeStatusDetails, type FieldViolation, type StatusDetails } from './status-details.ts';

/** Trailer with a `google.rpc.Status`. */
export const detailsKey = 'grpc-status-details-bin';
/** Trailer with the milliseconds after which a retry may be tried. */
export const pushbackKey = 'grpc-retry-pushback-ms';

/** Reads what the trailers of a failed call say about it. Total: broken details are left out. */
export function readErrorMetadata(metadata: Metadata): {
  violations: FieldViolation[];
  retryAfterMs?: number;
  trailers: Record<string, string>;
} {
  const trailers: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata.getMap())) {
    if (typeof value === 'string' && !key.startsWith('grpc-') && key !== 'content-type' && key !== 'date') {
      trailers[key] = value;
    }
  }
  const details = readDetails(metadata);
  const pushback = metadata.get(pushbackKey)[0];
  const retryAfterMs =
    typeof pushback === 'string' && /^\d{1,15}$/.test(pushback) ? Number(pushback) : details.retryAfterMs;
  return {
    violations: details.violations,
    trailers,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function readDetails(metadata: Metadata): StatusDetails {
  const bytes = metadata.get(detailsKey)[0];
  if (typeof bytes !== 'object') return { violations: [] };
  try {
    return decodeStatusDetails(bytes);
  } catch {
    return { violations: [] };
  }
}
