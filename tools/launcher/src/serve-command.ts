import { buildBundles, staleBundles } from './build.ts';
import { readableLine, readLogLine } from './log-lines.ts';
import { laptopDefaults, programPath, programs, workspace, type ProgramName } from './mesh-plan.ts';
import { isNpmScript, watchParent } from './parent-watch.ts';
import type { StartIo } from './run-start.ts';
import { createScreen } from './screen.ts';
import { endText, superviseProcess } from './supervised-process.ts';
import { createWishReader, stopSignals } from './wishes.ts';

const forcedWithinMs = 1_000;

/** `npm run serve -- <app>`: runs one process with this environment until it is asked to stop; gives its exit code. */
export async function serveCommand(args: readonly string[], io: StartIo): Promise<number> {
  const { output } = io;
  const [name, ...rest] = args;
  const known = Object.keys(programs).join(', ');
  if (name === '--help' || name === '-h') {
    output.write(
      `Usage: npm run serve -- <app>\n\nRuns one of ${known} alone, with the environment as it is.\nCtrl-C lets running calls finish; a second one does not.\n`,
    );
    return 0;
  }
  if (name === undefined || !isProgram(name) || rest.length > 0) {
    const wrong = name === undefined ? 'Name what to run' : `There is no ${JSON.stringify(args.join(' '))}`;
    output.write(`${wrong}: npm run serve -- <app>, where <app> is one of ${known}.\n`);
    return 2;
  }
  const file = programs[name];
  const bundle = { name, folder: file.split('/').slice(0, 2).join('/'), file };
  try {
    if (staleBundles(workspace, [bundle]).length > 0) await buildBundles(workspace, [name]);
  } catch (error) {
    output.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  return serve(name, io);
}

async function serve(name: ProgramName, io: StartIo): Promise<number> {
  const screen = createScreen(io.output, io.env);
  const child = superviseProcess({
    name,
    program: programPath(name),
    env: { ...laptopDefaults, ...io.env },
    cwd: workspace,
    onLine: (line) => {
      const record = screen.hasColors || io.output.isTTY === true ? readLogLine(line) : undefined;
      io.output.write(`${record === undefined ? line : readableLine(record)}\n`);
    },
  });
  const wishOf = createWishReader();
  const onSignal = (): void => {
    const wish = wishOf(performance.now());
    if (wish === 'same') return;
    child.signal('SIGTERM');
    if (wish === 'force') setTimeout(() => child.signal('SIGKILL'), forcedWithinMs).unref();
  };
  const onExit = (): void => child.signal('SIGKILL');
  for (const signal of stopSignals) io.process.on(signal, onSignal);
  const parent = isNpmScript(io.env) ? watchParent(onSignal) : undefined;
  io.process.on('exit', onExit);
  const exit = await child.exited;
  parent?.cancel();
  io.process.off('exit', onExit);
  if (exit.code === 0) return 0;
  screen.line(screen.colors.red(`${name} ${endText(exit)}.`));
  return exit.code ?? 1;
}

function isProgram(name: string): name is ProgramName {
  return Object.hasOwn(programs, name);
}
