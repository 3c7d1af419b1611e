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
  | { readonly do: 'end' };

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
  | { readonly is: 'failed'; readonly reason: string };
