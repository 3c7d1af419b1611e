import type { EmbedRequest, EmbedResponseInit } from '@ryzanstein/contracts/engine';
import type { CallContext } from '@ryzanstein/rpc';
import type { Engine } from './engine.ts';
import { invalid } from './engine-request.ts';
import type { EmbeddingObserver } from './embedding-telemetry.ts';
import type { LinkedDevice } from './linked-device.ts';
import { closed, leaseRefused, leaseRevoked, notOffered, queueFull } from './refusals.ts';

/** What embedding works with. */
export interface EmbeddingDeps {
  readonly engine: Engine;
  readonly device: LinkedDevice;
  readonly embeddings: EmbeddingObserver;
}

/** Serves one Embed, whose model was checked: under its lease, until the last vector or the caller's end. */
export async function embedTexts(
  request: EmbedRequest,
  ctx: Pick<CallContext, 'signal' | 'peer'>,
  { engine, device, embeddings }: EmbeddingDeps,
): Promise<EmbedResponseInit> {
  const spans = embeddings.observe({
    requestModel: request.model,
    gpuId: request.leaseId === '' ? device.gpuId : request.gpuId,
  });
  const revoked = new AbortController();
  const decision = device.leases.enter(
    { leaseId: request.leaseId, epoch: BigInt(request.leaseEpoch), from: ctx.peer },
    (leaseId) => revoked.abort(leaseRevoked(leaseId)),
  );
  if (decision.kind === 'refused') throw leaseRefused(decision.reason);
  try {
    const signal = AbortSignal.any([ctx.signal, revoked.signal]);
    let inputTokens = 0;
    const answer = await engine.embed({
      texts: request.input,
      signal,
      ...(spans.onCall === undefined ? {} : { onCall: spans.onCall }),
      onEnd(record) {
        inputTokens = record.inputTokens ?? 0;
        spans.onEnd(record);
      },
    });
    switch (answer.kind) {
      case 'running': {
        const vectors = await answer.vectors;
        return {
          embeddings: vectors.map((vector) => ({ values: Array.from(vector) })),
          usage: { promptTokens: inputTokens },
        };
      }
      case 'invalid':
        throw invalid(answer.violations);
      case 'not_offered':
        throw notOffered('gives no embeddings', answer.reason);
      case 'queue_full':
        throw queueFull(answer);
      case 'closed':
        throw closed();
    }
  } finally {
    decision.hold.release();
  }
}
