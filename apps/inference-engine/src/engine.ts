import { randomInt } from 'node:crypto';
import type { Backend } from './backends/backend.ts';
import type { Generation, GenerationTerms } from './domain/generation.ts';
import { wishViolations, type GenerationWishes } from './domain/generation-limits.ts';
import type { Prompt, Violation } from './domain/prompt.ts';
import { readFormat, type FormatWish } from './domain/response-format.ts';
import { samplerSeed, seedCount } from './domain/seed.ts';
import { submitTexts, type EmbedAnswer, type TextsToEmbed } from './engine-embedding.ts';

/** A text to generate. Absent fields mean the default. */
export interface EngineRequest extends GenerationWishes {
  readonly prompt: Prompt;
  /** 64 bits; drawn where absent. */
  readonly seed?: bigint;
  readonly ignoreEos?: boolean;
  readonly format?: FormatWish;
  /** Told of each call of another server. */
  readonly onCall?: GenerationTerms['onCall'];
  /** Told exactly once how it went. */
  readonly onEnd?: GenerationTerms['onEnd'];
}

/** What became of a request. */
export type EngineAnswer =
  | {
      readonly kind: 'running';
      readonly generation: Generation;
      /** The seed asked for, or the one drawn; asking for it again gives the same text. */
      readonly seed: bigint;
    }
  | { readonly kind: 'invalid'; readonly violations: readonly Violation[] }
  | { readonly kind: 'queue_full'; readonly queued: number; readonly retryAfterMs: number }
  | { readonly kind: 'closed' };

/** Checks requests, completes them, and submits them to a backend. */
export interface Engine {
  readonly backend: Backend;
  /** Runs a request from now on; whoever calls reads the generation, or cancels it. */
  submit(request: EngineRequest): EngineAnswer;
  /** Embeds texts; rejects with the reason of the signal where it aborts before they are accepted. */
  embed(request: TextsToEmbed): Promise<EmbedAnswer>;
}

/** A seed for a request that names none. */
export function drawSeed(): bigint {
  return BigInt(randomInt(seedCount));
}

/** An engine over a backend, which it does not own. */
export function createEngine(backend: Backend): Engine {
  return {
    backend,
    embed: (request) => submitTexts(backend, request),
    submit(request) {
      const violations = wishViolations(request);
      const prepared = backend.prepare(request.prompt, request.maxTokens ?? 0);
      if (prepared.kind === 'refused') violations.push(prepared.violation);
      if (request.ignoreEos === true && !backend.promises.ignoresEos)
        violations.push({
          field: 'stopping.ignore_eos',
          description: 'is not offered by the server that runs the model; leave it out',
        });
      const form = readFormat(request.format ?? { type: '', jsonSchema: '' });
      if (form.kind === 'refused') violations.push(form.violation);
      else if (form.format !== undefined && request.ignoreEos === true && backend.promises.ignoresEos)
        violations.push({
          field: 'stopping.ignore_eos',
          description: 'has no place with a response_format, whose end is the end of the text',
        });
      if (violations.length > 0 || form.kind === 'refused' || prepared.kind === 'refused')
        return { kind: 'invalid', violations };

      const seed = request.seed ?? drawSeed();
      const {
        temperature = 0,
        topP = 1,
        topK = 0,
        stop = [],
        ignoreEos = false,
        priority = 0,
        onCall,
        onEnd,
      } = request;
      const submission = prepared.submit({
        ...(prepared.maxTokens === undefined ? {} : { maxTokens: prepared.maxTokens }),
        sampling: { temperature, topP, topK, seed: samplerSeed(seed) },
        stop,
        ignoreEos,
        priority,
        ...(form.format === undefined ? {} : { format: form.format }),
        ...(onCall === undefined ? {} : { onCall }),
        ...(onEnd === undefined ? {} : { onEnd }),
      });
      if (submission.kind !== 'queued') return submission;
      return { kind: 'running', generation: submission.generation, seed };
    },
  };
}
