import { parseArgs } from 'node:util';
import { obtainPrograms } from './obtain.ts';
import { answers, becomes } from './poll.ts';
import { announceStack, findStack, isAlive, withdrawStack, type RunningStack } from './running-stack.ts';
import { standardPorts } from './stack-ports.ts';
import { startStack, type Stack } from './stack.ts';

const usage = `Usage: npm run stack -- <command> [options]

The real Collector, Jaeger, Prometheus and Elasticsearch as processes of this machine, with the
configurations of deploy/. What is missing is built from pinned sources first, and kept in the
cache folder (XDG_CACHE_HOME).

  build    obtain the programs, and nothing else
  up       start them, print where they answer, and stay until Ctrl-C
  down     stop the stack that \`up\` started from this checkout
  status   say what of it answers; exit code 1 where not all does

Options of up:
  --standard-ports     4317, 4318, 16686, 14268, 5778, 9090 and 9200 instead of free ports
  --base-port <port>   take the ports from this one on
  --tail               the tail sampling profile of the Collector
  --jaeger-on-elasticsearch
                       keep Jaeger's traces in Elasticsearch instead of memory
`;

interface Output {
  write(text: string): unknown;
}

/** `npm run stack`: gives its exit code. */
export async function stackCommand(args: readonly string[], output: Output): Promise<number> {
  const say = (line: string): void => void output.write(`${line}\n`);
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        'standard-ports': { type: 'boolean' },
        'base-port': { type: 'string' },
        tail: { type: 'boolean' },
        'jaeger-on-elasticsearch': { type: 'boolean' },
      },
    });
    const [command, ...rest] = positionals;
    if (values.help === true) {
      output.write(usage);
      return 0;
    }
    if (command === undefined || rest.length > 0) throw new TypeError('Name one command.');
    switch (command) {
      case 'build': {
        const { folder, made } = await obtainPrograms({ progress: say });
        say(made.length === 0 ? `Nothing is missing in ${folder}.` : `Made ${made.join(', ')} in ${folder}.`);
        return 0;
      }
      case 'up':
        return await up(say, {
          ...(values['standard-ports'] === true ? { ports: standardPorts } : {}),
          ...(values['base-port'] === undefined ? {} : { basePort: Number(values['base-port']) }),
          tail: values.tail === true,
          jaegerStorage: values['jaeger-on-elasticsearch'] === true ? 'elasticsearch' : 'memory',
          progress: say,
        });
      case 'down':
        return await down(say);
      case 'status':
        return await status(say);
      default:
        throw new TypeError(`There is no command ${JSON.stringify(command)}.`);
    }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    if (!(error instanceof TypeError)) return 1;
    output.write(`\n${usage}`);
    return 2;
  }
}

async function up(say: (line: string) => void, options: Parameters<typeof startStack>[0]): Promise<number> {
  const other = findStack();
  if (other !== undefined) {
    say(`A stack runs already (process ${other.pid}): \`npm run stack -- status\`, or \`down\`.`);
    return 1;
  }
  const stack = await startStack(options);
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
  announceStack({ pid: process.pid, endpoints: stack.endpoints });
  await describe(say, stack);
  await asked;
  say('Stopping.');
  const killed = await stack.stop();
  withdrawStack();
  if (killed.length === 0) return 0;
  say(`${killed.join(', ')} had to be killed.`);
  return 1;
}

async function describe(say: (line: string) => void, stack: Stack): Promise<void> {
  say('');
  for (const [name, version] of Object.entries(await stack.versions())) say(`${name.padEnd(24)}${version}`);
  say('');
  for (const [name, url] of Object.entries(stack.endpoints)) say(`${name.padEnd(24)}${url}`);
  say('\nRun the mesh against it:\n');
  const variables = Object.entries(stack.env()).map(([name, value]) => `${name}=${value}`);
  say(`  ${variables.join(' \\\n  ')} \\\n  npm start\n`);
}

async function down(say: (line: string) => void): Promise<number> {
  const stack = findStack();
  if (stack === undefined) {
    say('No stack of this checkout runs.');
    return 0;
  }
  process.kill(stack.pid, 'SIGTERM');
  const ended = await becomes(async () => !isAlive(stack.pid), 120_000);
  say(ended ? 'Stopped.' : `Process ${stack.pid} still runs after 120 s.`);
  return ended ? 0 : 1;
}

async function status(say: (line: string) => void): Promise<number> {
  const stack = findStack();
  if (stack === undefined) {
    say('No stack of this checkout runs.');
    return 1;
  }
  const checks = await Promise.all(
    Object.entries(probes(stack)).map(async ([name, url]) => [name, url, await answers(url)] as const),
  );
  for (const [name, url, good] of checks) say(`${good ? 'ready  ' : 'silent '} ${name.padEnd(16)}${url}`);
  return checks.every(([, , good]) => good) ? 0 : 1;
}

function probes({ endpoints }: RunningStack): Record<string, string> {
  return {
    collector: `${endpoints.collectorHealth}/`,
    jaeger: `${endpoints.jaegerQuery}/api/services`,
    sampling: `${endpoints.jaegerSampling}/sampling?service=status`,
    prometheus: `${endpoints.prometheus}/-/ready`,
    elasticsearch: `${endpoints.elasticsearch}/_cluster/health`,
  };
}
