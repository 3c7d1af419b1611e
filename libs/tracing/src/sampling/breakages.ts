import type { TelemetryLogger } from '../diagnostics.ts';

/** Says once what keeps strategies from being read, and once that they are read again. */
export interface Breakages {
  /** Each different sentence is said once until all is well again. */
  report(sentence: string): void;
  /** Whether something was wrong until now; then it says so. */
  mended(): boolean;
  /** All is well, and somebody else says so. */
  forget(): void;
}

// A source that finds ever new words for what is wrong with it is not worth more lines.
const maxSaid = 20;

/** @param source path or address, as people know it. */
export function breakagesOf(source: string, logger: TelemetryLogger, level: 'warn' | 'error'): Breakages {
  const said = new Set<string>();
  return {
    report(sentence) {
      if (said.has(sentence) || said.size >= maxSaid) return;
      said.add(sentence);
      logger[level]({ source }, sentence);
    },
    mended() {
      if (said.size === 0) return false;
      said.clear();
      logger.info({ source }, `sampling strategies are read from ${source} again`);
      return true;
    },
    forget: () => said.clear(),
  };
}
