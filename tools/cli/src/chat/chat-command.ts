import { apiKeyOf } from '../api-key.ts';
import { CommandFailure, usesColors, type CliIo } from '../cli-io.ts';
import pc from 'picocolors';
import { openTraceStore } from '../trace/trace-store.ts';
import { ChatFailure, connectLlm, sendChat } from './chat-call.ts';
import { failureJson, idLines, replyJson, replyLines } from './chat-report.ts';
import { failureSentence } from './failure-sentence.ts';

/** The options of `ryz chat`. */
export interface ChatOptions {
  readonly model?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly seed?: string;
  readonly system?: string;
  readonly stop?: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
  readonly address: string;
  readonly requestId?: string;
  readonly traceUrl: string;
  readonly json?: boolean;
  readonly unary?: boolean;
  readonly complete?: boolean;
}

/** Sends a prompt: the answer goes to standard output as it comes, what is said about it to standard error. */
export async function runChat(prompt: string, options: ChatOptions, io: CliIo): Promise<void> {
  if (options.complete === true && options.system !== undefined)
    throw new CommandFailure('--system has no place in a plain prompt: leave out --complete or --system.', 2);
  const { timeout: timeoutMs, address, json = false } = options;
  const text = prompt === '-' ? await readAll(io.stdin) : prompt;
  if (text.trim() === '') throw new CommandFailure('The prompt is empty.', 2);
  const traces = openTraceStore(options.traceUrl);
  const client = connectLlm(address, apiKeyOf(io.env));
  let wrote = false;
  try {
    const reply = await sendChat(client, {
      prompt: text,
      ...pick(options, [
        'model',
        'maxTokens',
        'temperature',
        'seed',
        'system',
        'stop',
        'requestId',
        'unary',
        'complete',
      ]),
      timeoutMs,
      signal: io.interrupted,
      onText: (piece) => {
        if (json) return;
        wrote = true;
        io.stdout.write(piece);
      },
    });
    const url = traces.linkTo(reply.traceId);
    if (json) io.stdout.write(`${JSON.stringify(replyJson(reply, url))}\n`);
    else {
      io.stdout.write('\n');
      say(io, ['', ...replyLines(reply, url)]);
    }
  } catch (reason) {
    if (!(reason instanceof ChatFailure)) throw reason;
    const url = traces.linkTo(reason.ids.traceId);
    if (json) io.stdout.write(`${JSON.stringify(failureJson(reason, url))}\n`);
    else {
      if (wrote) io.stdout.write('\n');
      say(io, [...(wrote ? [''] : []), ...idLines(reason.ids, url)]);
    }
    if (io.interrupted.aborted) throw new CommandFailure('Cancelled.', 130, { cause: reason });
    throw new CommandFailure(failureSentence(reason.error, { address, timeoutMs }), 1, { cause: reason });
  } finally {
    client.close();
  }
}

function say(io: CliIo, lines: readonly string[]): void {
  const { dim } = pc.createColors(usesColors(io.stderr, io.env));
  for (const line of lines) io.stderr.write(`${line === '' ? '' : dim(line)}\n`);
}

async function readAll(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of input)
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function pick<Source extends object, Key extends keyof Source>(
  source: Source,
  keys: readonly Key[],
): Pick<Source, Key> {
  const picked: Partial<Source> = {};
  for (const key of keys) if (source[key] !== undefined) picked[key] = source[key];
  return picked as Pick<Source, Key>;
}
