import { durationTextMs } from '../duration-text.ts';
import { failureOf, processName, roleOf, servingProcess, shortMethod } from '../mesh-span.ts';
import { numberAttribute, textAttribute, type Span } from '../span.ts';
import type { PartName } from './explanation.ts';
import { behindOf, named } from './other-requests.ts';
import { isLost, type Piece } from './part-of-segment.ts';
import { tokensOf, type RequestFacts } from './request-facts.ts';

const queueReasons: Readonly<Record<string, string>> = {
  none: 'it joined the next step',
  slots_busy: 'all of its slots were busy',
  behind_others: 'others before it took the slots that became free',
  overtaken: 'one of higher priority took the slot',
  delay_planted: 'a delay is planted there',
};

// Less of them is nobody's wait.
const slowStepsMs = 100;

/** A part in words, and what the trace says of it. */
export interface PartWords {
  readonly words: string;
  readonly evidence: readonly string[];
}

/** `pieces` are those of the part, of which there is at least one. */
export function wordsOf(part: PartName, pieces: readonly Piece[], facts: RequestFacts): PartWords {
  switch (part) {
    case 'wait':
      return waitWords(facts);
    case 'queue':
      return queueWords(facts.queue);
    case 'prefill':
      return prefillWords(facts);
    case 'decode':
      return decodeWords(facts);
    case 'paused':
      return pausedWords(pieces, facts);
    case 'generation':
      return generationWords(pieces, facts);
    case 'retry':
      return retryWords(facts);
    case 'coordinator':
      return { words: 'the gpu-coordinator', evidence: coordinatorEvidence(pieces) };
    case 'mesh':
      return { words: 'mesh', evidence: [] };
    case 'caller':
      return { words: 'its caller, outside the mesh', evidence: [] };
    case 'unknown':
      return unknownWords(pieces, facts);
    default:
      return networkWords(part, pieces);
  }
}

function generationWords(pieces: readonly Piece[], facts: RequestFacts): PartWords {
  const embeds = facts.generation?.name.startsWith('embeddings') === true;
  const words = embeds ? embeddingWords(facts) : `generation${outputWords(facts)}`;
  const attributes = pieces.find(({ node }) => node.span.kind === 'client')?.node.span.attributes;
  if (attributes === undefined) return { words, evidence: embeds ? [] : ['Its engine reports no phases.'] };
  const address = textAttribute(attributes, 'server.address');
  const port = numberAttribute(attributes, 'server.port');
  const attempts = numberAttribute(attributes, 'ryzanstein.remote.attempts') ?? 1;
  const firstS = numberAttribute(attributes, 'gen_ai.latency.time_to_first_token');
  const phase = (name: string): number | undefined =>
    numberAttribute(attributes, `ryzanstein.latency.${name}_ms`);
  const [prefillMs, decodeMs] = [phase('prefill'), phase('decode')];
  return {
    words: `${words} by the server at ${address ?? 'an unknown address'}${port === undefined ? '' : `:${port}`}`,
    evidence: [
      'That server sent no span.',
      ...(firstS === undefined ? [] : [`its first token came after ${durationTextMs(firstS * 1_000)}`]),
      ...(prefillMs === undefined ? [] : [`it reports a prefill of ${durationTextMs(prefillMs)}`]),
      ...(decodeMs === undefined ? [] : [`it reports a decode of ${durationTextMs(decodeMs)}`]),
      ...(attempts > 1 ? [`it was asked ${counted(attempts, 'time')}`] : []),
    ],
  };
}

function embeddingWords(facts: RequestFacts): string {
  const { input } = tokensOf(facts);
  return `embedding${input === undefined ? '' : ` of ${counted(input, 'token')}`}`;
}

function waitWords({ waits, nodes }: RequestFacts): PartWords {
  const spans = waits.length > 0 ? waits : nodes.map(({ span }) => span).filter(isAcquireServer);
  const behind = behindOf(spans);
  const [first] = behind;
  const words =
    first === undefined
      ? 'waited for a device'
      : `waited for a device behind ${first.released ? first.requestId : named(behind.map(({ requestId }) => requestId))}`;
  return {
    words,
    evidence: spans.flatMap(({ attributes }) => {
      const ahead = numberAttribute(attributes, 'ryzanstein.lease.queue_position');
      const reason = textAttribute(attributes, 'ryzanstein.lease.reason');
      const gpu =
        textAttribute(attributes, 'ryzanstein.gpu.name') ?? textAttribute(attributes, 'ryzanstein.gpu.id');
      return [
        ...(ahead === undefined ? [] : [`${ahead} ahead of it in the queue`]),
        ...(behind.length === 0 ? [] : [`held by ${behind.map(({ requestId }) => requestId).join(', ')}`]),
        ...(first?.released ? [`let in by the end of ${first.requestId}`] : []),
        ...(reason === undefined ? [] : [`granted ${reason}${gpu === undefined ? '' : ` on ${gpu}`}`]),
      ];
    }),
  };
}

function isAcquireServer(span: Span): boolean {
  return roleOf(span) === 'acquire' && span.kind === 'server';
}

function queueWords(queue: Span | undefined): PartWords {
  const reason = queue && textAttribute(queue.attributes, 'ryzanstein.queue.reason');
  const position = queue && numberAttribute(queue.attributes, 'ryzanstein.queue.position');
  return {
    words: 'queue in the engine',
    evidence: [
      ...(reason === undefined ? [] : [queueReasons[reason] ?? reason]),
      ...(position === undefined ? [] : [`${position} before it in the engine`]),
    ],
  };
}

function prefillWords(facts: RequestFacts): PartWords {
  const { input, cached } = tokensOf(facts);
  const attributes = facts.prefill?.attributes ?? {};
  const chunks = numberAttribute(attributes, 'ryzanstein.prefill.chunks') ?? 0;
  const others = (numberAttribute(attributes, 'ryzanstein.batch.max') ?? 1) - 1;
  const apart = attributes['ryzanstein.prefill.beside_steps'] === true;
  const how = apart
    ? `beside the steps${others > 0 ? ` of ${counted(others, 'other')}` : ''}`
    : [...(chunks > 1 ? ['chunked'] : []), ...beside(others)].join(' ');
  const tokens = input === undefined ? '' : ` of ${counted(input - cached, 'token')}`;
  return {
    words: `prefill${tokens}${how === '' ? '' : ` (${how})`}`,
    evidence: [
      ...(input === undefined ? [] : [`${counted(input, 'token')} of prompt, ${cached} of them cached`]),
      ...(chunks > 0 ? [`read in ${counted(chunks, 'chunk')}`] : []),
    ],
  };
}

function decodeWords(facts: RequestFacts): PartWords {
  const attributes = facts.decode?.attributes ?? {};
  const p50 = numberAttribute(attributes, 'ryzanstein.decode.step_p50_ms');
  const p99 = numberAttribute(attributes, 'ryzanstein.decode.step_p99_ms');
  const steps = numberAttribute(attributes, 'ryzanstein.decode.steps');
  const others = (numberAttribute(attributes, 'ryzanstein.batch.max') ?? 1) - 1;
  const how = beside(others).join('');
  const pace =
    p50 === undefined
      ? ''
      : ` at ${durationTextMs(p50)}${steps === undefined ? '' : slowSteps(facts, p50 * steps)}`;
  return {
    words: `decode${outputWords(facts)}${pace}${how === '' ? '' : ` (${how})`}`,
    evidence: [
      ...(steps === undefined || p50 === undefined
        ? []
        : [
            `${counted(steps, 'step')} of ${durationTextMs(p50)} (median)${p99 === undefined ? '' : `, ${durationTextMs(p99)} (99 %)`}`,
          ]),
    ],
  };
}

// The median says nothing of a few steps that took most of the time, as when the process stood still.
function slowSteps({ decode }: RequestFacts, steadyMs: number): string {
  if (decode === undefined) return '';
  const paused = numberAttribute(decode.attributes, 'ryzanstein.decode.paused_ms') ?? 0;
  const slowMs = ms(decode.endNs - decode.startNs) - paused - steadyMs;
  return slowMs > steadyMs && slowMs > slowStepsMs ? ` and ${durationTextMs(slowMs)} in slower steps` : '';
}

function pausedWords(pieces: readonly Piece[], facts: RequestFacts): PartWords {
  const inEngine = pieces.filter(({ node }) => roleOf(node.span) === 'decode');
  const after = pieces.filter(({ node }) => roleOf(node.span) !== 'decode');
  return {
    words: 'paused for a slow reader',
    evidence: [
      ...(inEngine.length === 0
        ? []
        : [`out of the engine's steps for ${lengthOf(inEngine)}: its reader was behind`]),
      ...(after.length === 0
        ? []
        : [`${lengthOf(after)} from the engine's end until the reader had taken the answer`]),
      ...(facts.failure === undefined ? [] : [`it ended with ${facts.failure}`]),
    ],
  };
}

function retryWords({ attempts: all, failed, nodes }: RequestFacts): PartWords {
  const attempts = all.filter((node) => failed.has(node) || isLost(node.span)).map(({ span }) => span);
  const told = attempts.map((span) => {
    const failure = failureOf(span) ?? '';
    const message = span.statusMessage === undefined ? '' : `: ${span.statusMessage}`;
    return `${shortMethod(span)} failed after ${durationTextMs(ms(span.endNs - span.startNs))} with ${failure}${message}`;
  });
  const killed = nodes
    .map(({ span }) => span)
    .filter(({ attributes }) => attributes['error.type'] === 'PROCESS_KILLED')
    .map((span) => `${processName(span.service)} was killed while it served ${shortMethod(span)}`);
  const what = attempts.map((span) => `${shortMethod(span)}: ${failureOf(span) ?? ''}`);
  return {
    words: `${counted(attempts.length, 'failed attempt')} (${[...new Set(what)].join(', ')})`,
    evidence: [...told, ...killed],
  };
}

function coordinatorEvidence(pieces: readonly Piece[]): string[] {
  return [...Map.groupBy(pieces, ({ node }) => node)].map(
    ([{ span }, own]) => `${lengthOf(own)} of ${shortMethod(span)}, no wait for a device`,
  );
}

function unknownWords(pieces: readonly Piece[], { rootMissing }: RequestFacts): PartWords {
  const silent = [
    ...new Set(
      pieces.flatMap(({ node: { span } }) =>
        span.kind === 'client'
          ? (servingProcess(span) ?? [])
          : span.service === ''
            ? []
            : processName(span.service),
      ),
    ),
  ];
  if (silent.length === 0)
    return { words: 'no span tells', evidence: rootMissing ? ["The request's own span is missing."] : [] };
  return { words: `inside ${silent.join(', ')}, whose spans are missing`, evidence: [] };
}

function networkWords(part: string, pieces: readonly Piece[]): PartWords {
  const [from = '', to = ''] = part.replace(/^network /, '').split('–');
  return {
    words: `network between ${from} and ${to}`,
    evidence: [...new Set(pieces.map(({ node }) => node))].map(({ span, children }) => {
      const server = children.find((child) => child.span.kind === 'server')?.span ?? span;
      const way = ms(span.endNs - span.startNs - (server.endNs - server.startNs));
      return `${shortMethod(span)} took the caller ${durationTextMs(way)} longer than the called`;
    }),
  };
}

function outputWords(facts: RequestFacts): string {
  const { output } = tokensOf(facts);
  return output === undefined ? '' : ` of ${counted(output, 'token')}`;
}

function beside(others: number): string[] {
  return others > 0 ? [`beside ${counted(others, 'other')}`] : [];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function lengthOf(pieces: readonly Piece[]): string {
  return durationTextMs(ms(pieces.reduce((sum, { ns }) => sum + ns, 0n)));
}

function ms(ns: bigint): number {
  return Number(ns) / 1e6;
}
