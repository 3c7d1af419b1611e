import type { PartsUs } from './profile-parts.ts';

/** What the benchmark asks of a subject. */
export type Command =
  | { readonly do: 'serve' }
  | { readonly do: 'connect'; readonly address: string }
  /** From here on CPU time counts. */
  | { readonly do: 'begin' }
  | {
      readonly do: 'load';
      readonly shape: 'unary' | 'stream';
      readonly count: number;
      readonly concurrency: number;
    }
  /** Up to here CPU time counts, with the export of all that has ended. */
  | { readonly do: 'end' }
  /** From here on, up to `profiled`, a profiler looks. */
  | { readonly do: 'profile' }
  | { readonly do: 'profiled' };

/** What a subject answers. */
export type Reply =
  | { readonly is: 'done' }
  | { readonly is: 'serving'; readonly address: string }
  | {
      readonly is: 'load';
      readonly latenciesUs: readonly number[];
      readonly wallMs: number;
      readonly loopDelayP99Us: number;
    }
  | { readonly is: 'cpu'; readonly cpuUs: number }
  | { readonly is: 'profiled'; readonly parts: PartsUs }
  | { readonly is: 'failed'; readonly reason: string };
