import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inferenceEngine } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { ggufBytes, soundParts } from './testing/gguf-file.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

function start(env: Record<string, string>): { child: ChildProcess; ended: Promise<Ended> } {
  const child = fork(main, {
    execArgv: ['--conditions=@ryzanstein/source'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      RYZ_GRPC_ADDRESS: '127.0.0.1:0',
      RYZ_COORDINATOR_ADDRESS: '127.0.0.1:9',
      OTEL_SDK_DISABLED: 'true',
      ...env,
    },
  });
  let stderr = '';
  child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stderr }));
  });
  return { child, ended };
}

function ready(child: ChildProcess, ended: Promise<Ended>): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: { type: string; addresses?: { grpc?: string } }) => {
      if (message.type === 'ready') resolve(message.addresses?.grpc ?? '');
    });
    void ended.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)));
  });
}

// Whole processes, several at once: slow where many share a machine.
const startTimeoutMs = 60_000;

describe('the inference-engine process', () => {
  it(
    'serves the bundled model without any setting, has pool threads for all slots, and stops when asked',
    async () => {
      const { child, ended } = start({ RYZ_REQUIRE_LEASE: 'false', RYZ_SLOTS: '3' });
      const client = createRpcClient(inferenceEngine, await ready(child, ended));
      try {
        let text = '';
        const chat = { messages: [{ role: 'user', content: 'What is 7 plus 5?' }] };
        for await (const { delta } of client.Generate({ chat })) text += delta?.text ?? '';
        expect(text).toContain('12');
        expect(await client.GetModelInfo({})).toMatchObject({ model: 'ryzanstein-tiny', slots: 3 });
        if (process.platform === 'linux') {
          const tasks = `/proc/${child.pid}/task`;
          const names = readdirSync(tasks).map((task) =>
            readFileSync(`${tasks}/${task}/comm`, 'utf8').trim(),
          );
          expect(names.filter((name) => name === 'libuv-worker')).toHaveLength(11);
        }
      } finally {
        client.close();
        child.kill('SIGTERM');
      }
      expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
    },
    startTimeoutMs,
  );

  it(
    'refuses to start with all problems in sentences, without a stack trace',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'gguf-'));
      const incomplete = join(folder, 'incomplete.gguf');
      // Its header is sound, but its tensors are not all there: only the native loader sees that.
      writeFileSync(incomplete, ggufBytes(soundParts));
      try {
        const [settings, missing, refused] = await Promise.all([
          start({ RYZ_SLOTS: '0', RYZ_GPU: 'yes' }).ended,
          start({ RYZ_MODEL_PATH: '/nowhere/model.gguf' }).ended,
          start({ RYZ_MODEL_PATH: incomplete }).ended,
        ]);
        expect(settings).toMatchObject({ code: 1, signal: null });
        expect(settings.stderr).toMatch(/RYZ_SLOTS="0" is not allowed.*\n.*RYZ_GPU="yes" is not allowed/);
        expect(missing).toEqual({
          code: 1,
          signal: null,
          stderr:
            'inference-engine cannot go on:\n' +
            '  - The model file /nowhere/model.gguf does not exist. RYZ_MODEL_PATH names the model file.\n',
        });
        expect(refused).toMatchObject({ code: 1, signal: null });
        expect(refused.stderr).toMatch(
          /^inference-engine cannot go on:\n {2}- Loading the model file .*incomplete\.gguf failed: Failed to load model; .*tensor.*\n$/,
        );
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    startTimeoutMs,
  );
});
