// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { Accepted as _ryzanstein_engine_v1_Accepted, Accepted__Output as _ryzanstein_engine_v1_Accepted__Output } from '../../../ryzanstein/engine/v1/Accepted.ts';
import type { Started as _ryzanstein_engine_v1_Started, Started__Output as _ryzanstein_engine_v1_Started__Output } from '../../../ryzanstein/engine/v1/Started.ts';
import type { Delta as _ryzanstein_engine_v1_Delta, Delta__Output as _ryzanstein_engine_v1_Delta__Output } from '../../../ryzanstein/engine/v1/Delta.ts';
import type { Done as _ryzanstein_engine_v1_Done, Done__Output as _ryzanstein_engine_v1_Done__Output } from '../../../ryzanstein/engine/v1/Done.ts';

export interface GenerateResponse {
  'accepted'?: (_ryzanstein_engine_v1_Accepted | null);
  'started'?: (_ryzanstein_engine_v1_Started | null);
  'delta'?: (_ryzanstein_engine_v1_Delta | null);
  'done'?: (_ryzanstein_engine_v1_Done | null);
  'event'?: "accepted"|"started"|"delta"|"done";
}

export interface GenerateResponse__Output {
  'accepted'?: (_ryzanstein_engine_v1_Accepted__Output | null);
  'started'?: (_ryzanstein_engine_v1_Started__Output | null);
  'delta'?: (_ryzanstein_engine_v1_Delta__Output | null);
  'done'?: (_ryzanstein_engine_v1_Done__Output | null);
  'event'?: "accepted"|"started"|"delta"|"done";
}
