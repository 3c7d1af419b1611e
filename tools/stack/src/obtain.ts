import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gatherElasticsearch } from './elasticsearch-jars.ts';
import { buildGoProgram } from './go-programs.ts';
import { cacheFolder, readPins, type PinName } from './pins.ts';
import { withProcessLock } from './process-lock.ts';

/** What to obtain, and whom to tell. */
export interface ObtainOptions {
  /** Default: everything. */
  readonly only?: readonly PinName[];
  /** Takes a line for each program that is missing, and the tools' own lines. */
  readonly progress?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

/** Where the programs are. */
export interface ObtainedPrograms {
  readonly folder: string;
  /** The path of one binary. */
  binary(pin: PinName, name: string): string;
  /** The names of what had to be made. */
  readonly made: readonly PinName[];
}

/** Everything that a stack is made of, the heaviest last. */
export const everything: readonly PinName[] = [
  'elasticsearch',
  'grpcHealthProbe',
  'grpcurl',
  'prometheus',
  'jaeger',
  'otelcol',
];

/**
 * Makes what is missing of the programs. A program is made in a folder of its own and put in place
 * whole, so one that is there is complete, and a run that was ended leaves nothing half done.
 *
 * @throws ToolMissing, or an Error that says which module is missing and what to do
 */
export async function obtainPrograms(options: ObtainOptions = {}): Promise<ObtainedPrograms> {
  const { only = everything, env = process.env, progress = () => {} } = options;
  const pins = readPins();
  const folder = cacheFolder(env);
  const place = (pin: PinName): string => join(folder, pin);
  const missing = (): PinName[] => everything.filter((pin) => only.includes(pin) && !existsSync(place(pin)));
  const made: PinName[] = [];
  if (missing().length > 0) {
    await withProcessLock(
      join(folder, 'lock'),
      async () => {
        for (const pin of missing()) {
          const startedAt = performance.now();
          progress(`${pin} ${pins[pin].version}: making it in ${folder}`);
          const draft = join(folder, `${pin}.draft`);
          rmSync(draft, { recursive: true, force: true });
          mkdirSync(draft, { recursive: true });
          const build = { folder: draft, env, progress };
          if (pin === 'elasticsearch') await gatherElasticsearch(pins[pin], build);
          else await buildGoProgram(pins[pin], build);
          renameSync(draft, place(pin));
          made.push(pin);
          progress(
            `${pin} ${pins[pin].version}: made in ${Math.round((performance.now() - startedAt) / 1_000)} s`,
          );
        }
      },
      () => progress('another process is making the programs: waiting for it'),
    );
  }
  return { folder, made, binary: (pin, name) => join(place(pin), name) };
}
