import { ConfigError, readConfig } from '@ryzanstein/runtime';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundles, staleBundles, type Bundle } from './build.ts';
import { launcherConfig } from './config.ts';
import { waitUntilServing } from './health.ts';
import { laptopDefaults, meshAddresses, meshPlan, programs, workspace } from './mesh-plan.ts';
import { friendly, type RunningAddresses } from './process-plan.ts';
import { runStart, type StartIo, type StartParts } from './run-start.ts';
import { runSampleChat, samplePrompt } from './sample-chat.ts';
import type { Screen } from './screen.ts';

const usage = `Usage: npm start [-- options]

Builds what changed, starts the trace store tracebox and the three services, asks the model a
question, shows its trace, and stays up until Ctrl-C.

  --once   stop after the question; the exit code says whether all went well
  --help   print this help

Environment (other variables are passed on to the services):

`;

const apiService = 'ryzanstein.api.v1.LlmService';
const standardApi = 'localhost:50051';
const standardTraces = 'http://localhost:16686';

/** `npm start`: gives its exit code. */
export async function startCommand(args: readonly string[], io: StartIo): Promise<number> {
  try {
    const { once, help } = parseArgs({
      args: [...args],
      options: { once: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    }).values;
    if (help === true) {
      io.output.write(usage + environmentHelp());
      return 0;
    }
    return await runStart(startParts(io, once === true), {
      ...io,
      env: { ...laptopDefaults, RYZ_WEB_CHAT: '1', ...io.env, RYZ_API_KEY: undefined },
    });
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [String((error as Error).message)];
    for (const problem of problems) io.output.write(`${problem}\n`);
    return error instanceof ConfigError ? 1 : 2;
  }
}

function startParts(io: StartIo, once: boolean): StartParts {
  const config = readConfig(launcherConfig, io.env);
  const tracebox = config.otlpEndpoint === undefined;
  const traces = (running: RunningAddresses): { traceUrl: string; linkUrl: string } => {
    const ui = meshAddresses(running).tracebox?.ui;
    return ui === undefined
      ? { traceUrl: config.traceUrl, linkUrl: config.traceUrl }
      : { traceUrl: `http://${ui}`, linkUrl: `http://${friendly(ui)}` };
  };
  return {
    plan: meshPlan(config, { tracebox }),
    cwd: workspace,
    logFolder: join(workspace, '.data', 'logs'),
    once,
    drainMs: config.drainMs,
    startTimeoutMs: config.startTimeoutMs,
    async build(screen) {
      const startedAt = performance.now();
      const stale = staleBundles(workspace, bundles()).map(({ name }) => name);
      if (stale.length > 0) await buildBundles(workspace, stale);
      screen.step('built', performance.now() - startedAt, stale.join(', ') || 'nothing changed');
    },
    untilHealthy: (running, signal) =>
      waitUntilServing(meshAddresses(running).api.grpc, apiService, {
        timeoutMs: config.startTimeoutMs,
        signal,
      }),
    async demonstrate(screen, running, signal) {
      const address = meshAddresses(running).api.grpc;
      const outcome = await runSampleChat(screen, {
        address,
        apiKey: config.apiKey,
        ...traces(running),
        signal,
      });
      // A trace store of somebody else's may be out of reach from here; tracebox may not.
      return outcome.answered && (outcome.traceId !== undefined || !tracebox);
    },
    invite: (screen, running) => invite(screen, running, traces(running).linkUrl, config.webChat),
  };
}

function invite(screen: Screen, running: RunningAddresses, traceUrl: string, webChat: boolean): void {
  const { api } = meshAddresses(running);
  const grpc = friendly(api.grpc);
  const { bold, dim } = screen.colors;
  const address = grpc === standardApi ? '' : ` --address ${grpc}`;
  const traceOption = traceUrl === standardTraces ? '' : ` --trace-url ${traceUrl}`;
  const body = JSON.stringify({ messages: [{ role: 'user', content: samplePrompt }] });
  screen.line();
  screen.line(`${bold('API')}     gRPC ${grpc}`);
  if (webChat) screen.line(`${bold('Chat')}    http://${friendly(api.http)}/chat`);
  screen.line(`${bold('Traces')}  ${traceUrl}`);
  screen.line(`${bold('Logs')}    .data/logs`);
  screen.line();
  screen.line(dim('Try:'));
  screen.line(`  npx --no ryz chat${address}${traceOption} "What does the gpu-coordinator do?"`);
  screen.line(`  npx --no ryz trace${traceOption} <trace id or request id>`);
  screen.line(`  grpcurl -plaintext -d '${body}' ${grpc} ${apiService}/ChatStream`);
}

function bundles(): Bundle[] {
  const services = Object.entries(programs).map(([name, file]) => ({ name, folder: folderOf(file), file }));
  return [...services, { name: 'cli', folder: 'tools/cli', file: 'tools/cli/dist/ryz.js' }];
}

function folderOf(file: string): string {
  return file.split('/').slice(0, 2).join('/');
}

function environmentHelp(): string {
  return Object.values(launcherConfig)
    .map((variable) => {
      const standard = variable.default === undefined ? '' : ` (default ${variable.default})`;
      return `  ${variable.name.padEnd(29)}${variable.description}${standard}\n`;
    })
    .join('');
}
