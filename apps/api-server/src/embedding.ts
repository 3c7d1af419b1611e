import type { EmbedResponse } from '@ryzanstein/contracts/engine';
import type { Clock } from '@ryzanstein/runtime';
import { RpcError } from '@ryzanstein/rpc';
import { afterFailure } from './after-failure.ts';
import { callSignal } from './call-signal.ts';
import type { DeviceView } from './device-view.ts';
import type { ConcurrencyLimit } from './domain/concurrency-limit.ts';
import { checkTexts, estimateTokens } from './domain/embedding-input.ts';
import { tooManyRequests } from './domain/failure.ts';
import type { RetryReason } from './domain/retry-policy.ts';
import { createLeasing, type Lessons } from './leasing.ts';
import type { Grant, LeaseDesk } from './lease-desk.ts';
import { modelFor } from './model-choice.ts';
import { callLimits, pause } from './patience.ts';
import type { Engines, ObserveRequest } from './ports.ts';
import type { Caller } from './reply.ts';
import { RequestRecord } from './request-record.ts';
import { abortError, refuse, toRpcError } from './rpc-errors.ts';

/** Texts to embed. */
export interface EmbeddingRequest {
  /** Empty: the only model that is served. */
  readonly model: string;
  readonly input: readonly string[];
}

/** The vectors of a request's texts, in their order. */
export interface EmbeddedTexts {
  readonly model: string;
  /** Each of length 1. */
  readonly vectors: readonly (readonly number[] | Float32Array)[];
  /** Tokens of all texts. */
  readonly promptTokens: number;
}

/**
 * Embeds texts: validate, admit, lease, embed, give the lease back. Knows no transport, as Generation.
 */
export interface Embeddings {
  /** All vectors or none: fails with an RpcError. Whatever way it ends, the lease is given back once. */
  embed(request: EmbeddingRequest, caller: Caller): Promise<EmbeddedTexts>;
}

export interface EmbeddingDeps {
  readonly clock: Clock;
  readonly limit: ConcurrencyLimit;
  readonly view: Pick<DeviceView, 'catalog' | 'refresh'>;
  readonly desk: Pick<LeaseDesk, 'acquire'>;
  readonly engines: Pick<Engines, 'embed' | 'endLease'>;
  readonly observe: ObserveRequest;
}

export function createEmbeddings(deps: EmbeddingDeps): Embeddings {
  const { clock, limit, view, engines } = deps;
  const lease = createLeasing(deps);

  async function run(
    request: EmbeddingRequest,
    caller: Caller,
    record: RequestRecord,
    hold: { grant: Grant | undefined },
  ): Promise<EmbeddedTexts> {
    const served = await modelFor(view, request.model, caller.signal);
    if (served !== undefined) record.served(served.id);
    const model = served?.id ?? request.model;
    const wish = { model, kvTokens: estimateTokens(request.input, served?.contextLength) };
    const lessons: Lessons = { spent: new Set<RetryReason>(), replacesLeaseIds: [], avoidEngineIds: [] };
    for (;;) {
      const grant = (hold.grant ??= await lease(wish, caller, lessons, record));
      record.attempts += 1;
      try {
        const { leaseId, epoch, gpuId, engineAddress } = grant.lease;
        const on = grant.lease.model || request.model;
        const response = await engines.embed(
          engineAddress,
          { model: on, input: [...request.input], leaseId, leaseEpoch: epoch, gpuId },
          callLimits(clock, caller, callSignal(deps, caller, grant)),
        );
        return embeddedTexts(response, on, request.input.length);
      } catch (reason) {
        const afterMs = afterFailure({ clock, view }, reason, caller, grant, lessons, undefined);
        if (afterMs === undefined) hold.grant = undefined;
        else await pause(clock, afterMs, caller.signal);
      }
    }
  }

  return {
    async embed(request, caller) {
      const record = new RequestRecord(clock, deps.observe(), 'embeddings', false);
      const hold: { grant: Grant | undefined } = { grant: undefined };
      let leave: (() => void) | undefined;
      caller.onEnding?.((outcome) => {
        record.finish(outcome, record.elapsedMs);
        return {};
      });
      try {
        refuse(checkTexts(request.input));
        leave = limit.tryEnter();
        if (leave === undefined) throw toRpcError(tooManyRequests(limit.limit));
        const embedded = await run(request, caller, record, hold);
        record.promptTokens = embedded.promptTokens;
        hold.grant?.giveBack('done');
        record.finish('OK', record.elapsedMs);
        return embedded;
      } catch (reason) {
        const error = caller.signal.aborted ? abortError(caller.signal) : RpcError.from(reason);
        hold.grant?.giveBack(caller.signal.aborted ? 'cancelled' : 'failed');
        record.finish(error.code, record.elapsedMs, error);
        throw error;
      } finally {
        leave?.();
      }
    },
  };
}

function embeddedTexts({ embeddings, usage }: EmbedResponse, model: string, texts: number): EmbeddedTexts {
  if (embeddings.length !== texts)
    throw new RpcError('INTERNAL', `The engine gave ${embeddings.length} vectors for ${texts} texts.`);
  return {
    model,
    vectors: embeddings.map(({ values }) => values),
    promptTokens: usage?.promptTokens ?? 0,
  };
}
