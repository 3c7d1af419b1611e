import { hopNames, silence, value, type Cause, type HopName } from './cause.ts';
import { causesOfServices } from './causes-of-services.ts';
import { causesOfStores } from './causes-of-stores.ts';
import { increases } from './collector-counts.ts';
import type { Answer, Facts } from './facts.ts';

/** Every cause that is known, in the order in which they are tried. */
export const causes: readonly Cause[] = [...causesOfServices, ...causesOfStores];

const symptoms = new Set(causes.filter(({ symptom }) => symptom === true).map(({ id }) => id));

/** What was found about one hop. */
export interface HopFinding {
  readonly hop: HopName;
  readonly state: 'ok' | 'warning' | 'broken' | 'skipped';
  /** What was seen, or why it was not looked at. */
  readonly evidence: string;
  readonly cause?: { readonly id: string; readonly text: string; readonly mend: string };
  /** The first broken hop, where this one is broken because of it; absent where it is broken by itself. */
  readonly followsFrom?: HopName;
}

/** The findings of all hops, and the first that is broken. */
export interface Diagnosis {
  readonly hops: readonly HopFinding[];
  readonly firstBroken?: HopFinding;
}

/** Judges each hop from what was found out. */
export function diagnose(facts: Facts): Diagnosis {
  const found = hopNames.map((hop) => findingOf(hop, facts));
  const firstBroken = found.find(({ state }) => state === 'broken');
  const hops = found.map((finding) =>
    firstBroken !== undefined && finding !== firstBroken && symptoms.has(finding.cause?.id ?? '')
      ? { ...finding, followsFrom: firstBroken.hop }
      : finding,
  );
  return { hops, ...(firstBroken === undefined ? {} : { firstBroken }) };
}

function findingOf(hop: HopName, facts: Facts): HopFinding {
  const seen = evidenceOf[hop](facts);
  const fitting = causes.filter((cause) => cause.hop === hop && cause.when(facts));
  const cause = fitting.find(({ kind }) => kind === 'broken') ?? fitting[0];
  if (cause !== undefined)
    return {
      hop,
      state: cause.kind,
      evidence: seen.text,
      cause: { id: cause.id, text: cause.tell(facts), mend: cause.mend },
    };
  return { hop, state: seen.skipped ? 'skipped' : 'ok', evidence: seen.text };
}

interface Evidence {
  readonly text: string;
  readonly skipped: boolean;
}

const seen = (text: string): Evidence => ({ text, skipped: false });
const skipped = (text: string): Evidence => ({ text, skipped: true });

/** What was answered as text; otherwise why there is no answer. */
function told<Value>(answer: Answer<Value>, text: (value: Value, url: string) => string): Evidence {
  if (answer.state === 'skipped') return skipped(answer.why);
  return seen(answer.state === 'silent' ? (silence(answer) ?? '') : text(answer.value, answer.url));
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Nothing behind the request can be judged where the request did not get through, or leaves no trace. */
function unjudged({ canary }: Facts, answer: Answer<unknown>): Evidence | undefined {
  if (answer.state === 'silent') return undefined;
  if (canary.failure !== undefined) return skipped('the canary did not get through');
  return canary.sampled === false ? skipped('the trace is not kept') : undefined;
}

const evidenceOf: Readonly<Record<HopName, (facts: Facts) => Evidence>> = {
  configuration: ({ settings }) =>
    seen(`spans go to ${settings.otlpEndpoint}${settings.otlpNamed ? '' : ' (the default)'}`),
  service: ({ api }) => told(api, ({ ready }, url) => `${url} is ${ready ? 'ready' : 'alive'}`),
  canary: ({ canary }) =>
    canary.failure === undefined
      ? seen(
          `answered after ${Math.round(canary.totalMs)} ms, request ${canary.requestId}, trace ${canary.traceId}`,
        )
      : seen(`${canary.failure.code}, request ${canary.requestId}`),
  sampling: ({ canary, sampling }) => {
    const strategy = value(sampling)?.text;
    const verdict =
      canary.sampled === false ? 'not kept' : canary.forced ? 'kept, as it asked to be' : 'kept';
    if (canary.sampled === undefined) return skipped('the answer did not say whether the trace is kept');
    return seen(`${verdict}${strategy === undefined ? '' : `; ${strategy}`}`);
  },
  export: ({ otlp, sdk }) =>
    told(otlp, ({ speech }, url) => {
      const exported = value(sdk)?.exported;
      if (speech !== 'grpc' && speech !== 'http') return `${url}: ${speech}`;
      return `${url} takes OTLP over ${speech}${exported === undefined ? '' : `; ${exported} spans exported so far`}`;
    }),
  collector: (facts) =>
    told(facts.collector, ({ before, after }) => {
      const sent = Object.entries(increases(before.sent, after.sent)).map(
        ([name, count]) => `${count} to ${name}`,
      );
      return `accepted ${counted(Math.max(0, after.accepted - before.accepted), 'span')}, sent ${sent.join(', ') || 'none yet'}`;
    }),
  traces: (facts) =>
    unjudged(facts, facts.traces) ??
    told(
      facts.traces,
      ({ kind, spans, services }, url) =>
        `${kind} at ${url} has ${counted(spans, 'span')} of ${counted(services.length, 'service')}`,
    ),
  metrics: (facts) =>
    unjudged(facts, facts.prometheus) ??
    told(
      facts.prometheus,
      ({ counted: calls }, url) => `${url} counted ${counted(Math.max(0, calls), 'call')} more`,
    ),
  exemplar: (facts) =>
    unjudged(facts, facts.prometheus) ??
    told(facts.prometheus, ({ exemplar }) =>
      exemplar ? `leads to ${facts.canary.traceId}` : 'none leads to the canary',
    ),
  elasticsearch: (facts) => {
    const { collector, elasticsearch } = facts;
    const counts = value(collector);
    const taken = counts === undefined ? {} : increases(counts.before.documents, counts.after.documents);
    const success = Object.entries(taken).find(([outcome]) => outcome.startsWith('success'));
    if (elasticsearch.state === 'skipped' && success !== undefined)
      return seen(`took ${counted(success[1], 'document')} from the Collector (${elasticsearch.why})`);
    return (
      unjudged(facts, elasticsearch) ??
      told(
        elasticsearch,
        ({ spans, logs }, url) => `${url} has ${counted(spans, 'span')} and ${counted(logs, 'log line')}`,
      )
    );
  },
  grafana: ({ grafana }) => told(grafana, (_, url) => `${url} answers`),
  kibana: ({ kibana }) => told(kibana, (_, url) => `${url} answers`),
};
