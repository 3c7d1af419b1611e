import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { TelemetryLogger } from '../diagnostics.ts';
import { breakagesOf } from './breakages.ts';
import { ChangingDecision, type NowMs } from './root-decision.ts';
import { parseStrategiesFile } from './strategies-file.ts';
import { keptWhole, summaryOf, type ServiceStrategies } from './strategies.ts';
import { pollEvery } from './poll-every.ts';

const maxFileBytes = 1024 * 1024;
const lookEveryMs = 1_000;

/** A source of strategies that goes on being read until it is stopped. Keeps no process alive. */
export interface FollowedStrategies {
  readonly decision: ChangingDecision;
  /** Looks now, beside the looks that come by themselves. Never rejects. */
  readonly look: () => Promise<void>;
  readonly stop: () => void;
}

export interface FileStrategiesOptions {
  readonly service: string;
  readonly file: string;
  /** It need not be there when it is first looked for. */
  readonly optional: boolean;
  readonly logger: TelemetryLogger;
  /** Default: 1000. */
  readonly lookEveryMs?: number;
  readonly nowMs?: NowMs;
}

/**
 * Decides as a strategies file says, read at once and again whenever its content changes, however it
 * was changed. What cannot be read leaves everything as it was, and is said once.
 *
 * Content is compared, not times: a file system's clock may not tell two quick edits apart, and a
 * watcher of the directory misses mounted volumes.
 */
export function followStrategiesFile(options: FileStrategiesOptions): FollowedStrategies {
  const { service, file, optional, logger } = options;
  const decision = new ChangingDecision(service, keptWhole, options.nowMs);
  const breakages = breakagesOf(file, logger, 'error');
  let seen: string | undefined;
  let last = 'every trace is kept';
  let suspected: string | undefined;

  const take = (text: string): { changed: boolean; strategies: ServiceStrategies } => {
    const strategies = parseStrategiesFile(text).strategiesOf(service);
    seen = text;
    last = 'the strategies of before stay in force';
    return { changed: decision.change(strategies), strategies };
  };

  try {
    take(readNow(file));
  } catch (error) {
    if (!(optional && isMissing(error))) breakages.report(`${sentenceOf(file, error)}; ${last}`);
  }

  const look = async () => {
    try {
      const text = await readLater(file);
      const { changed, strategies } = text === seen ? unchanged : take(text);
      suspected = undefined;
      if (breakages.mended() || !changed) return;
      logger.info({ source: file }, `sampling strategies of ${service} changed: ${summaryOf(strategies)}`);
    } catch (error) {
      if (optional && seen === undefined && isMissing(error)) return;
      const sentence = `${sentenceOf(file, error)}; ${last}`;
      // A file that is being written is broken for a moment: only what lasts is said.
      if (suspected === sentence) breakages.report(sentence);
      suspected = sentence;
    }
  };
  return { decision, look, stop: pollEvery(options.lookEveryMs ?? lookEveryMs, 'later', look) };
}

const unchanged = { changed: false, strategies: keptWhole };

function readNow(file: string): string {
  refuseHuge(statSync(file).size);
  return readFileSync(file, 'utf8');
}

async function readLater(file: string): Promise<string> {
  refuseHuge((await stat(file)).size);
  return readFile(file, 'utf8');
}

function refuseHuge(bytes: number): void {
  if (bytes > maxFileBytes) throw new Error(`it has ${bytes} bytes, and ${maxFileBytes} are the most`);
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function sentenceOf(file: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined
    ? `${file} is not a sampling strategies file: ${message}`
    : `${file} cannot be read (${code})`;
}
