// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { FinishReason as _ryzanstein_engine_v1_FinishReason, FinishReason__Output as _ryzanstein_engine_v1_FinishReason__Output } from '../../../ryzanstein/engine/v1/FinishReason.ts';
import type { Usage as _ryzanstein_engine_v1_Usage, Usage__Output as _ryzanstein_engine_v1_Usage__Output } from '../../../ryzanstein/engine/v1/Usage.ts';
import type { Timings as _ryzanstein_engine_v1_Timings, Timings__Output as _ryzanstein_engine_v1_Timings__Output } from '../../../ryzanstein/engine/v1/Timings.ts';

export interface Done {
  'finishReason'?: (_ryzanstein_engine_v1_FinishReason);
  'usage'?: (_ryzanstein_engine_v1_Usage | null);
  'timings'?: (_ryzanstein_engine_v1_Timings | null);
}

export interface Done__Output {
  'finishReason': (_ryzanstein_engine_v1_FinishReason__Output);
  'usage': (_ryzanstein_engine_v1_Usage__Output | null);
  'timings': (_ryzanstein_engine_v1_Timings__Output | null);
}
