import type { Logger } from '@ryzanstein/runtime';

const kept = 5;

/** llama.cpp's own log: passed on, and its last errors kept, because its exceptions name no cause. */
export interface LlamaLog {
  write(level: string, message: string): void;
  /** Runs a native call; what it throws says in `doing` what failed, why, and what mends it. */
  explain<T>(doing: string, run: () => Promise<T>, mend?: string): Promise<T>;
}

/** @param logger gets llama.cpp's warnings and errors; the rest is dropped. */
export function createLlamaLog(logger: Logger): LlamaLog {
  let errors: string[] = [];
  return {
    write(level, message) {
      const line = message.trim();
      if (line === '') return;
      if (level === 'error' || level === 'fatal') {
        errors = [...errors.slice(1 - kept), line];
        logger.warn({ source: 'llama.cpp' }, line);
      } else if (level === 'warn') logger.debug({ source: 'llama.cpp' }, line);
    },
    async explain(doing, run, mend) {
      errors = [];
      try {
        return await run();
      } catch (error) {
        const causes = [error instanceof Error ? error.message : String(error), ...errors];
        const sentence = `${doing} failed: ${causes.join('; ')}`;
        throw new Error(mend === undefined ? sentence : `${sentence}. ${mend}`, { cause: error });
      }
    },
  };
}
