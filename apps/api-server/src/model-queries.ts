import type { Clock } from '@ryzanstein/runtime';
import type { DeviceView } from './device-view.ts';
import type { ConcurrencyLimit } from './domain/concurrency-limit.ts';
import { coordinatorAway, engineFailure, noDevice, tooManyRequests, unknownModel } from './domain/failure.ts';
import type { Prompt } from './domain/generation-request.ts';
import { deviceFor, servedIds, type ServedModel } from './domain/model-catalog.ts';
import { checkCountedPrompt } from './domain/validation.ts';
import { enginePrompt } from './engine-request.ts';
import { modelFor } from './model-choice.ts';
import { callLimits } from './patience.ts';
import type { Engines } from './ports.ts';
import type { Caller } from './reply.ts';
import { abortError, refuse, toRpcError } from './rpc-errors.ts';
import { RpcError } from '@ryzanstein/rpc';

/** What can be asked without a lease. All failures are RpcErrors. */
export interface ModelQueries {
  /** The models that live devices serve, sorted by id; empty where no device is live. */
  list(): Promise<readonly ServedModel[]>;
  /** Tokens that a prompt takes, its chat template included, by the tokenizer of the model. */
  countTokens(
    model: string,
    prompt: Prompt | undefined,
    caller: Pick<Caller, 'signal' | 'deadlineAtMs'>,
  ): Promise<{ readonly model: string; readonly tokens: number }>;
}

export interface ModelQueriesDeps {
  readonly clock: Clock;
  readonly limit: ConcurrencyLimit;
  readonly view: Pick<DeviceView, 'catalog' | 'fresh' | 'refresh'>;
  readonly engines: Pick<Engines, 'countTokens'>;
}

export function createModelQueries({ clock, limit, view, engines }: ModelQueriesDeps): ModelQueries {
  return {
    async list() {
      if (!view.fresh && !(await view.refresh())) throw toRpcError(coordinatorAway());
      return view.catalog.models;
    },
    async countTokens(model, prompt, caller) {
      refuse(checkCountedPrompt(prompt));
      const leave = limit.tryEnter();
      if (leave === undefined) throw toRpcError(tooManyRequests(limit.limit));
      try {
        const served = await modelFor(view, model, caller.signal);
        if (served === undefined) throw toRpcError(view.fresh ? noDevice() : coordinatorAway());
        const device = deviceFor(view.catalog, served.id);
        if (device === undefined || prompt === undefined) {
          throw toRpcError(unknownModel(served.id, servedIds(view.catalog)));
        }
        const request = { model: served.id, ...enginePrompt(prompt) };
        const tokens = await engines
          .countTokens(device.engineAddress, request, callLimits(clock, caller, caller.signal))
          .catch((reason: unknown) => {
            if (caller.signal.aborted) throw abortError(caller.signal);
            throw toRpcError(engineFailure(RpcError.from(reason), undefined), { cause: reason });
          });
        return { model: served.id, tokens };
      } finally {
        leave();
      }
    },
  };
}
