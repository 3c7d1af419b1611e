import type { ChatRequestInit } from '@ryzanstein/contracts/api';
import type { CallOptions } from '@ryzanstein/rpc';
import type { Phase } from './declared-tree.ts';
import type { MeshUnderTest } from './mesh-under-test.ts';
import { begin, type Ended, type OnItsWay } from './on-its-way.ts';
import { nothing, type Stage, type Taken } from './stage.ts';
import { only, type StoredSpan } from './stored-trace.ts';

/** Where a request can be when something happens to it. */
export type Place = 'lease queue' | 'engine queue' | 'prefill' | 'decode' | 'text flows';

/** One way out of a request, and all that is declared of it. */
export interface WayOut {
  readonly way: string;
  readonly at: Place;
  readonly request: ChatRequestInit;
  readonly options?: CallOptions & { readonly metadata?: Record<string, string> };
  /** What happens when it is there; absent: time passes. */
  readonly then?: (request: OnItsWay) => unknown;
  readonly code: string;
  /** How api-server ended it; default: with its caller's code. */
  readonly status?: string;
  /** What its caller reads. Where `status` is given, its own library says it. */
  readonly says: RegExp;
  /** A pattern where something is tried as often as it takes. */
  readonly tree: string | RegExp;
  /** The phase that was cut off. */
  readonly cut?: Phase;
  /** `error.type` of the spans that are errors by the engine's word. */
  readonly errorType?: string;
  /** Tokens that the engine made. */
  readonly tokens?: number;
  /** How soon everything that it had taken is free once it has ended; default 1 s. */
  readonly freeWithinMs?: number;
}

const places: Record<
  Place,
  {
    /** Makes the request come to rest there. */
    readonly prepare?: (stage: Stage) => Promise<() => Promise<void>>;
    readonly reached: (stage: Stage, request: OnItsWay) => Promise<unknown>;
  }
> = {
  'lease queue': {
    // The engine's one slot, and two for the hand-over.
    prepare: (stage) => stage.lease(3),
    reached: (stage) => stage.until(({ waiting }) => waiting === 1),
  },
  'engine queue': {
    prepare: (stage) => stage.occupySlot(),
    reached: (stage) => stage.until(({ queued }) => queued === 1),
  },
  prefill: { reached: (stage) => stage.until(({ active }) => active === 1) },
  decode: { reached: (_, { first }) => first },
  'text flows': {
    reached: async (stage, request) => {
      await request.first;
      await stage.until(() => request.pieces >= 5);
    },
  },
};

// What is not the mesh's to tell its callers: its files, its addresses, the words of its libraries.
const internals = /\.[jt]s\b|\d+\.\d+\.\d+\.\d+|node_modules|RST_STREAM|HTTP\/2|ECONN|undefined|\[object/;

/** Takes a way out and checks everything that is declared of it. */
export async function takeWayOut(
  under: Pick<MeshUnderTest, 'client' | 'trace'>,
  stage: Stage,
  wayOut: WayOut,
): Promise<{ request: OnItsWay; ended: Ended; spans: StoredSpan[] }> {
  const place = places[wayOut.at];
  const undo = await place.prepare?.(stage);
  try {
    const before = undo === undefined ? nothing : await stage.taken();
    const request = begin(under.client, wayOut.request, wayOut.options);
    await place.reached(stage, request);
    await wayOut.then?.(request);
    const ended = await request.ended;
    expect({ code: ended.code, says: ended.message }).toEqual({
      code: wayOut.code,
      says: expect.stringMatching(wayOut.says),
    });
    if (wayOut.status === undefined && ended.code !== 'DEADLINE_EXCEEDED')
      expect(ended.message).not.toMatch(internals);
    await stage.until((taken) => isAs(taken, before), wayOut.freeWithinMs ?? 1_000);
    const spans = await under.trace(request.from, wayOut.tree);
    tellsTheEnd(spans, wayOut);
    return { request, ended, spans };
  } finally {
    await undo?.();
  }
}

function isAs(taken: Taken, before: Taken): boolean {
  const same = (['leased', 'waiting', 'active', 'queued'] as const).every(
    (key) => taken[key] === before[key],
  );
  // Whatever else runs takes up context as it goes on.
  return same && (before.active > 0 || taken.context === 0);
}

function tellsTheEnd(spans: readonly StoredSpan[], { code, status, cut, errorType, tokens }: WayOut): void {
  const [root] = spans.filter(({ kind, service }) => kind === 'SERVER' && service === 'ryzanstein-api');
  expect(root?.attributes).toMatchObject({ 'rpc.response.status_code': status ?? code });
  const truncated = spans
    .filter(({ attributes }) => attributes['ryzanstein.phase.truncated'] === true)
    .map(({ name }) => name);
  expect(truncated).toEqual(cut === undefined ? [] : [cut]);
  if (cut === undefined) return;
  const chat = only(spans, 'chat ryzanstein-tiny');
  expect(chat.attributes['gen_ai.response.finish_reasons']).toEqual(['error']);
  expect(chat.attributes['error.type']).toBe(errorType);
  expect(only(spans, cut).attributes['error.type']).toBe(errorType);
  if (tokens !== undefined) expect(chat.attributes['ryzanstein.tokens.output']).toBe(tokens);
}
