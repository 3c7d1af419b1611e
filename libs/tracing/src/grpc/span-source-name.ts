/** What makes the spans of gRPC calls: OpenTelemetry's patch of grpc-js, or interceptors without any patch. */
export type SpanSourceName = 'instrumentation' | 'interceptors';

export const spanSourceNames: readonly SpanSourceName[] = ['instrumentation', 'interceptors'];
