/** Whether the mesh answers for what the scope emits; what others emit is theirs to name. */
export function isOwnScope(scope: string): boolean {
  return scope.startsWith('@ryzanstein/') || scope === '@opentelemetry/instrumentation-grpc';
}
