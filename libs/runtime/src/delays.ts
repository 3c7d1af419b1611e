import { custom } from './variables.ts';

/** Phases whose length can be planted, by the process that owns them. */
export const delayPhases = ['lease', 'queue', 'prefill', 'decode'] as const;

/** Milliseconds to add to each phase of each request; absent phases are not delayed. */
export type InjectedDelays = Readonly<Partial<Record<(typeof delayPhases)[number], number>>>;

const allowed = `phase:milliseconds pairs with commas between, phases ${delayPhases.join(', ')}, such as prefill:50`;

/** `RYZ_INJECT_DELAY`: plants a delay, to prove that the trace shows it where it is. */
export const injectDelay = custom<InjectedDelays, { default: InjectedDelays; description: string }>(
  'RYZ_INJECT_DELAY',
  allowed,
  (text) => {
    const delays: Partial<Record<(typeof delayPhases)[number], number>> = {};
    for (const pair of text.split(',')) {
      const [name, milliseconds, rest] = pair.split(':').map((part) => part.trim());
      const phase = delayPhases.find((known) => known === name);
      if (phase === undefined || rest !== undefined || !/^\d{1,6}$/.test(milliseconds ?? ''))
        throw new Error(allowed);
      delays[phase] = Number(milliseconds);
    }
    return delays;
  },
  { default: {}, description: 'Lengthens one phase of every request, to check that traces tell the truth.' },
);
