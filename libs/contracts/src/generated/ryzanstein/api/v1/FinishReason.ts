// Original file: protos/ryzanstein/api/v1/llm.proto

export const FinishReason = {
  FINISH_REASON_UNSPECIFIED: 'FINISH_REASON_UNSPECIFIED',
  /**
   * The model ended its answer, or a stop text was met.
   */
  FINISH_REASON_STOP: 'FINISH_REASON_STOP',
  /**
   * `max_tokens` was reached.
   */
  FINISH_REASON_LENGTH: 'FINISH_REASON_LENGTH',
  /**
   * Generation failed after it began.
   */
  FINISH_REASON_ERROR: 'FINISH_REASON_ERROR',
} as const;

export type FinishReason =
  | 'FINISH_REASON_UNSPECIFIED'
  | 0
  /**
   * The model ended its answer, or a stop text was met.
   */
  | 'FINISH_REASON_STOP'
  | 1
  /**
   * `max_tokens` was reached.
   */
  | 'FINISH_REASON_LENGTH'
  | 2
  /**
   * Generation failed after it began.
   */
  | 'FINISH_REASON_ERROR'
  | 3

export type FinishReason__Output = typeof FinishReason[keyof typeof FinishReason]
