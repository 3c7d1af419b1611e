import type { Clock, Logger, Timer } from '@ryzanstein/runtime';
import { CallFailure } from './call-failure.ts';
import type { RemoteApi } from './remote-api.ts';
import { listsModel } from './remote-model.ts';

/** What is watched, and how. */
export interface RemoteHealthOptions {
  readonly api: RemoteApi;
  readonly model: string;
  /** Requests are with it, and tell of it: some servers interrupt these to list their models. */
  readonly isBusy: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whether a server can run anything, polled. */
export interface RemoteHealth {
  readonly live: boolean;
  onChange: () => void;
  /** A call failed: look at once. */
  suspect(): void;
  close(): Promise<void>;
}

const everyMs = 1_000;
const withinMs = 2_000;
/** Looks that fail by being late, before a server is taken for gone; a refusal is enough by itself. */
const lateLooks = 2;

/** Watches a server that was live, from now on: its health where it tells, else its list of models. */
export function watchHealth({ api, model, isBusy, clock, logger }: RemoteHealthOptions): RemoteHealth {
  const closing = new AbortController();
  let live = true;
  let late = 0;
  let hasHealth = true;
  let timer: Timer | undefined;
  let looking: Promise<void> | undefined;

  const ask = async (signal: AbortSignal): Promise<string | undefined> => {
    if (hasHealth) {
      try {
        await api.ping('//health', { signal });
        if (live) return undefined;
      } catch (reason) {
        if (!(reason instanceof CallFailure) || reason.error.code !== 'UNIMPLEMENTED') throw reason;
        hasHealth = false;
      }
    }
    if (live && isBusy()) return undefined;
    // One that comes back may have come back with another model.
    return (await listsModel(api, model, { signal }))
      ? undefined
      : `does not have the model ${model} any more`;
  };

  const look = async (): Promise<void> => {
    timer?.cancel();
    const tooLate = new AbortController();
    const limit = clock.after(withinMs, () => tooLate.abort());
    let trouble: string | undefined;
    try {
      trouble = await ask(AbortSignal.any([closing.signal, tooLate.signal]));
      late = 0;
    } catch (reason) {
      late = tooLate.signal.aborted ? late + 1 : lateLooks;
      trouble = tooLate.signal.aborted
        ? `did not answer within ${withinMs} ms`
        : reason instanceof Error
          ? reason.message
          : String(reason);
    } finally {
      limit.cancel();
    }
    if (closing.signal.aborted) return;
    if (trouble === undefined) set(true);
    else if (late === 0 || late >= lateLooks) set(false, trouble);
    timer = clock.after(everyMs, start);
  };

  const set = (now: boolean, trouble = ''): void => {
    if (now === live) return;
    live = now;
    if (now) logger.info({ server: api.server, model }, 'the server that runs the model is back');
    else
      logger.warn(
        { server: api.server, model },
        `the server that runs the model is gone; it gets no requests until it is back: ${trouble}`,
      );
    health.onChange();
  };

  const start = (): void => {
    looking ??= look().finally(() => (looking = undefined));
  };

  const health: RemoteHealth = {
    get live() {
      return live;
    },
    onChange: () => undefined,
    suspect: start,
    async close() {
      closing.abort();
      timer?.cancel();
      await looking;
    },
  };
  timer = clock.after(everyMs, start);
  return health;
}
