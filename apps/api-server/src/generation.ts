import type { Done } from '@ryzanstein/contracts/engine';
import { RpcError } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import { afterFailure } from './after-failure.ts';
import { callSignal } from './call-signal.ts';
import type { DeviceView } from './device-view.ts';
import type { ConcurrencyLimit } from './domain/concurrency-limit.ts';
import { tooManyRequests } from './domain/failure.ts';
import { estimateKvTokens, type GenerationRequest } from './domain/generation-request.ts';
import type { ServedModel } from './domain/model-catalog.ts';
import type { RetryReason } from './domain/retry-policy.ts';
import { checkContext, checkGeneration } from './domain/validation.ts';
import { completionOf, engineRequest } from './engine-request.ts';
import { createLeasing, type WantedLease, type Lessons } from './leasing.ts';
import type { Grant, LeaseDesk } from './lease-desk.ts';
import { modelFor } from './model-choice.ts';
import { callLimits, pause } from './patience.ts';
import { prefixKey } from './prefix-key.ts';
import type { Engines, ObserveRequest } from './ports.ts';
import type { Caller, GeneratedText, Rendering, Reply } from './reply.ts';
import { RequestRecord } from './request-record.ts';
import { abortError, refuse, tokensSentTrailers, toRpcError } from './rpc-errors.ts';

/**
 * Generates text: validate, admit, lease, generate, give the lease back. Knows no transport; every
 * edge of this service calls it, while the caller's trace is the current one.
 */
export interface Generation {
  /**
   * The reply piece by piece. Fails with an RpcError (with `x-tokens-sent` in its trailers where
   * text was sent before); whatever way it ends, the lease is given back once. One piece is made
   * per pull, so a reader that stops reading stops the engine. A pull that waits is ended by
   * `caller.signal`; `return()` only ends a reply between two pulls.
   */
  stream<Chunk>(
    request: GenerationRequest,
    caller: Caller,
    rendering: Rendering<Chunk>,
  ): AsyncGenerator<Chunk, void, undefined>;
  /** The same reply in one piece. */
  collect(request: GenerationRequest, caller: Caller): Promise<GeneratedText>;
}

export interface GenerationDeps {
  readonly clock: Clock;
  readonly limit: ConcurrencyLimit;
  readonly view: Pick<DeviceView, 'catalog' | 'refresh'>;
  readonly desk: Pick<LeaseDesk, 'acquire'>;
  readonly engines: Pick<Engines, 'generate' | 'endLease'>;
  readonly observe: ObserveRequest;
}

const collected: Rendering<string | Omit<GeneratedText, 'text'>> = {
  text: (text) => text,
  end: (completion, reply) => ({ completion, reply }),
};

export function createGeneration(deps: GenerationDeps): Generation {
  const { clock, limit, view, engines } = deps;
  const lease = createLeasing(deps);

  async function* run<Chunk>(
    request: GenerationRequest,
    caller: Caller,
    rendering: Rendering<Chunk>,
    record: RequestRecord,
  ): AsyncGenerator<Chunk, void, undefined> {
    let leave: (() => void) | undefined;
    let grant: Grant | undefined;
    caller.onEnding?.((outcome) => {
      record.finish(outcome, record.elapsedMs);
      return tokensSentTrailers(caller.streams ? record.tokensSent : 0);
    });
    try {
      refuse(checkGeneration(request));
      leave = limit.tryEnter();
      if (leave === undefined) throw toRpcError(tooManyRequests(limit.limit));
      const served = await modelFor(view, request.model, caller.signal);
      if (served !== undefined) {
        record.served(served.id);
        refuse(checkContext(request, served));
      }

      const lessons: Lessons = { spent: new Set<RetryReason>(), replacesLeaseIds: [], avoidEngineIds: [] };
      const id = `${request.prompt.kind === 'chat' ? 'chat' : 'cmpl'}-${caller.requestId}`;
      let reply: Reply = { id, model: '' };
      let done: Done | undefined;
      while (done === undefined) {
        grant ??= await lease(leaseFor(request, served), caller, lessons, record);
        reply = { id, model: grant.lease.model || request.model };
        record.attempts += 1;
        try {
          const responses = engines.generate(
            grant.lease.engineAddress,
            engineRequest(request, grant.lease, reply, caller.streams),
            callLimits(clock, caller, callSignal(deps, caller, grant)),
          );
          // The way of every token: one pull, one piece, nothing made besides.
          for await (const response of responses) {
            const { delta } = response;
            if (delta) {
              record.completionTokens += delta.tokens;
              if (delta.text === '') continue;
              if (record.ttftMs === undefined) record.firstText();
              yield rendering.text(delta.text, reply);
            } else if (response.accepted) record.promptTokens = response.accepted.promptTokens;
            else if (response.done) done = response.done;
          }
          if (done === undefined) {
            throw new RpcError('INTERNAL', 'The engine ended its stream without finishing it.');
          }
        } catch (reason) {
          const afterMs = afterFailure(deps, reason, caller, grant, lessons, record.tokensSent);
          if (afterMs === undefined) grant = undefined;
          else await pause(clock, afterMs, caller.signal);
        }
      }

      const { leaseWaitMs, ttftMs, elapsedMs: totalMs } = record;
      const completion = completionOf(done, { leaseWaitMs, ttftMs, totalMs });
      record.promptTokens = completion.usage.promptTokens;
      record.completionTokens = completion.usage.completionTokens;
      // Before the last piece: whoever waits for the device need not wait for this reader, too.
      grant?.giveBack('done');
      record.finish('OK', totalMs);
      yield rendering.end(completion, reply);
    } catch (reason) {
      const error = RpcError.from(reason);
      grant?.giveBack(caller.signal.aborted ? 'cancelled' : 'failed');
      record.finish(error.code, record.elapsedMs, error);
      throw error;
    } finally {
      // Reached with the lease still held only where the reader left between two pieces.
      grant?.giveBack('cancelled');
      leave?.();
      record.finish(caller.signal.aborted ? abortError(caller.signal).code : 'CANCELLED', record.elapsedMs);
    }
  }

  const generation: Generation = {
    stream(request, caller, rendering) {
      const kind = request.prompt.kind === 'chat' ? 'chat' : 'completion';
      return run(request, caller, rendering, new RequestRecord(clock, deps.observe(), kind, caller.streams));
    },
    async collect(request, caller) {
      let text = '';
      let end: Omit<GeneratedText, 'text'> | undefined;
      for await (const piece of generation.stream(request, caller, collected)) {
        if (typeof piece === 'string') text += piece;
        else end = piece;
      }
      if (end === undefined) throw new RpcError('INTERNAL', 'The reply ended without its last piece.');
      return { ...end, text };
    },
  };
  return generation;
}

function leaseFor(request: GenerationRequest, served: ServedModel | undefined): WantedLease {
  const model = served?.id ?? request.model;
  return {
    model,
    kvTokens: estimateKvTokens(request, served?.contextLength),
    priority: request.priority ?? 0,
    prefixKey: prefixKey(model, request.prompt),
  };
}
