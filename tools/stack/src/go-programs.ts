import { join } from 'node:path';
import { programsFolder, type GoPin } from './pins.ts';
import { runTool, ToolFailed } from './run-tool.ts';
import { findGo } from './toolchain.ts';

/** Where to build and what to tell of it. */
export interface BuildOptions {
  /** Empty folder for what is made. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}

/** Builds the binaries of one module into `folder`, with the versions of its `go.mod` and `go.sum`. */
export async function buildGoProgram(pin: GoPin, options: BuildOptions): Promise<void> {
  const go = findGo(options.env);
  const env = {
    ...options.env,
    // A static binary, that runs in an image with nothing else in it, too.
    CGO_ENABLED: '0',
    GOFLAGS: '-trimpath -mod=readonly',
    GOWORK: 'off',
  };
  const cwd = join(programsFolder, pin.module);
  const linked = Object.entries(pin.linked ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  for (const [name, source] of Object.entries(pin.commands)) {
    const tags = pin.tags.length === 0 ? [] : ['-tags', pin.tags.join(',')];
    const flags = ['-s', '-w', ...linked].join(' ');
    // More than two compilers at once need more memory than a small machine has.
    const args = ['build', '-p', '2', ...tags, `-ldflags=${flags}`, '-o', join(options.folder, name), source];
    try {
      await runTool(go, args, { cwd, env, onLine: options.progress });
    } catch (error) {
      throw explained(pin, error);
    }
  }
}

/** Says what to do where the module proxy has not what `go.mod` wants. */
function explained(pin: GoPin, error: unknown): unknown {
  if (!(error instanceof ToolFailed)) return error;
  const missing = /^.*?(\S+@v\S+?):.*(?:40[34]|410|not available|unknown revision).*$/m.exec(
    error.output,
  )?.[1];
  if (missing === undefined) return error;
  return new Error(
    `${pin.module} needs the module ${missing}, which the Go module proxy does not give: set GOPROXY to one that has it.`,
    { cause: error },
  );
}
