/** The declared traces of requests, as `outline` writes them. */

/** `!` where the span is an error. */
type Mark = '' | '!';

const line = (depth: number, text: string, mark: Mark = ''): string =>
  `${'  '.repeat(depth)}${text}${mark === '' ? '' : ' !'}`;

const gpu = 'ryzanstein.gpu.v1.GpuCoordinator';
const generate = 'ryzanstein.engine.v1.InferenceEngine/Generate';

/** A root with what stands under it, in the order of its start. */
export function tree(root: Mark, ...parts: readonly (readonly string[])[]): string {
  return [
    line(0, 'ryzanstein.api.v1.LlmService/ChatStream SERVER ryzanstein-api', root),
    ...parts.flat(),
  ].join('\n');
}

/** Asking for a lease: the call, its other side (absent where it did not live to tell) and the wait. */
export function acquire(client: Mark, server?: Mark, wait?: Mark): string[] {
  return [
    line(1, `${gpu}/Acquire CLIENT ryzanstein-api`, client),
    ...(server === undefined ? [] : [line(2, `${gpu}/Acquire SERVER ryzanstein-gpu`, server)]),
    ...(wait === undefined ? [] : [line(3, 'gpu.lease.wait INTERNAL ryzanstein-gpu', wait)]),
  ];
}

/** Giving it back. */
export function release(client: Mark = '', server: Mark | 'absent' = ''): string[] {
  return [
    line(1, `${gpu}/Release CLIENT ryzanstein-api`, client),
    ...(server === 'absent' ? [] : [line(2, `${gpu}/Release SERVER ryzanstein-gpu`, server)]),
  ];
}

const phases = ['queue', 'prefill', 'decode'] as const;
export type Phase = (typeof phases)[number];

/** Generating: the call, its other side, and `chat` with its phases up to the last one that began. */
export function generation(
  client: Mark,
  server?: Mark,
  chat?: { readonly until: Phase; readonly mark?: Mark },
): string[] {
  return [
    line(1, `${generate} CLIENT ryzanstein-api`, client),
    ...(server === undefined ? [] : [line(2, `${generate} SERVER ryzanstein-inference`, server)]),
    ...(chat === undefined
      ? []
      : [
          line(3, 'chat ryzanstein-tiny INTERNAL ryzanstein-inference', chat.mark),
          ...phases
            .slice(0, phases.indexOf(chat.until) + 1)
            .map((phase) =>
              line(4, `${phase} INTERNAL ryzanstein-inference`, phase === chat.until ? chat.mark : ''),
            ),
        ]),
  ];
}
