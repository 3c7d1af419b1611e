import {
  awaitTrace,
  ChatFailure,
  connectLlm,
  failureSentence,
  openTraceStore,
  renderWaterfall,
  sendChat,
  TraceStoreError,
} from '@ryzanstein/cli';
import type { Screen } from './screen.ts';

export interface SampleOptions {
  /** The api-server. */
  readonly address: string;
  /** Shown to it, where it asks for one. */
  readonly apiKey?: string | undefined;
  /** Where the trace is asked for. */
  readonly traceUrl: string;
  /** What its link begins with. */
  readonly linkUrl: string;
  readonly signal: AbortSignal;
}

export interface SampleOutcome {
  readonly answered: boolean;
  /** Absent where the trace did not come. */
  readonly traceId?: string;
}

export const samplePrompt = 'What is a span?';

const timeoutMs = 60_000;
const traceWithinMs = 10_000;
const mostTokens = 64;

/** Asks the mesh one question as any client would, and shows the answer as it comes and its trace. */
export async function runSampleChat(screen: Screen, options: SampleOptions): Promise<SampleOutcome> {
  const { address, signal } = options;
  const client = connectLlm(address, options.apiKey);
  screen.line();
  screen.line(screen.colors.bold(`> ${samplePrompt}`));
  let traceId: string;
  try {
    const reply = await sendChat(client, {
      prompt: samplePrompt,
      maxTokens: mostTokens,
      timeoutMs,
      signal,
      onText: (text) => screen.stream(text),
    });
    screen.line();
    traceId = reply.traceId;
  } catch (error) {
    screen.line();
    signal.throwIfAborted();
    if (!(error instanceof ChatFailure)) throw error;
    screen.line(screen.colors.red(failureSentence(error.error, { address, timeoutMs })));
    traceId = error.ids.traceId;
    return { answered: false, ...((await showTrace(screen, traceId, options)) ? { traceId } : {}) };
  } finally {
    client.close();
  }
  return { answered: true, ...((await showTrace(screen, traceId, options)) ? { traceId } : {}) };
}

async function showTrace(screen: Screen, traceId: string, options: SampleOptions): Promise<boolean> {
  const { yellow, underline } = screen.colors;
  try {
    const trace = await awaitTrace(openTraceStore(options.traceUrl), traceId, {
      waitMs: traceWithinMs,
      signal: options.signal,
    });
    screen.line();
    if (trace === undefined) {
      screen.line(yellow(`The trace of this answer (${traceId}) has not arrived at ${options.traceUrl}.`));
      return false;
    }
    for (const line of renderWaterfall(trace, { width: screen.width, colors: screen.hasColors }))
      screen.line(line);
    screen.line();
    screen.line(underline(openTraceStore(options.linkUrl).linkTo(traceId)));
    return true;
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof TraceStoreError)) throw error;
    screen.line();
    screen.line(yellow(`${error.message}, so the trace of this answer (${traceId}) cannot be shown here.`));
    return false;
  }
}
