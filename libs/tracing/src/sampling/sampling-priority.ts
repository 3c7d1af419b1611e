/** Header or metadata key by which a caller asks for its trace to be kept. */
export const samplingPriorityHeader = 'x-ryz-sampling-priority';

/** Whether a value of the header asks for that; anything else than `keep` asks for nothing. */
export function asksToKeep(value: unknown): boolean {
  return (Array.isArray(value) ? (value as unknown[])[0] : value) === 'keep';
}
