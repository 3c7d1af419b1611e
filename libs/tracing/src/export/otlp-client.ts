import { status } from '@grpc/grpc-js';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExportCounter } from './export-counts.ts';
import type { ExportReport } from './export-report.ts';
import { judge, type Answer } from './otlp-answer.ts';
import type { OtlpChannel } from './otlp-channel.ts';
import { tlsHint } from './tls-hint.ts';

/** The signals of OTLP. */
export type OtlpSignal = 'traces' | 'metrics' | 'logs';

const services = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
} as const;

/** What became of a request. */
export type Delivery =
  | { readonly kind: 'taken'; readonly rejected: number }
  /** It may be taken in parts. */
  | { readonly kind: 'too_large'; readonly errorType: string }
  | { readonly kind: 'lost'; readonly errorType: string };

export interface OtlpClientOptions {
  readonly signal: OtlpSignal;
  readonly headers: Readonly<Record<string, string>>;
  /** Bound of one attempt. */
  readonly timeoutMs: number;
  /** No attempt begins later than this after the first one of a request. Default: 60 s. */
  readonly giveUpAfterMs?: number;
}

const firstDelayMs = 250;
// With a new connection for every attempt, this bounds how long the return of a collector goes unnoticed.
const maxDelayMs = 1_000;
// A collector that asks for more patience than this is tried again all the same.
const mostPatienceMs = 30_000;
// A connection on which nothing comes back is given up after this many attempts.
const silentAttempts = 2;
// How long a process that stops goes on trying to reach a collector that refuses.
const lastChanceMs = 500;

/**
 * Sends the requests of one signal, each until it is taken, refused or out of time: the retrying
 * that OTLP wants of a client, over a channel that is made anew where it fails.
 */
export class OtlpClient {
  readonly counter: ExportCounter;
  readonly report: ExportReport;
  private readonly channel: OtlpChannel;
  private readonly options: OtlpClientOptions;
  private readonly onClose: () => void;
  private readonly hurried = new AbortController();
  private giveUpAtMs = Infinity;
  private silent = 0;

  constructor(
    channel: OtlpChannel,
    options: OtlpClientOptions,
    counts: { readonly counter: ExportCounter; readonly report: ExportReport },
    onClose: () => void = () => {},
  ) {
    this.channel = channel;
    this.options = options;
    this.counter = counts.counter;
    this.report = counts.report;
    this.onClose = onClose;
  }

  /**
   * Never rejects, and settles soon after `signal` is aborted.
   *
   * @example
   * const delivery = await client.export(encodeSpans(spans), stop.signal);
   * if (delivery.kind === 'lost') lost += spans.length;
   */
  async export(request: Buffer, signal: AbortSignal): Promise<Delivery> {
    const startedMs = performance.now();
    let delayMs = firstDelayMs;
    while (!signal.aborted) {
      const answer = await this.attempt(request, signal);
      if (signal.aborted && answer.code !== status.OK) break;
      const verdict = judge(answer, request.length);
      if (verdict.kind === 'taken') {
        this.report.recovered();
        if (verdict.unreadable) this.report.unreadable();
        if (verdict.rejected > 0 || verdict.message !== '')
          this.report.rejected(verdict.rejected, verdict.message);
        return { kind: 'taken', rejected: verdict.rejected };
      }
      const errorType = nameOf(answer.code);
      if (verdict.kind === 'too_large') return { kind: 'too_large', errorType };
      const hint = answer.answered ? '' : tlsHint(answer.details, this.channel.secure);
      this.report.failing(`${errorType}: ${answer.details}${hint}`);
      if (verdict.kind === 'refused') return { kind: 'lost', errorType };
      const patienceMs =
        verdict.afterMs === undefined ? jittered(delayMs) : Math.min(verdict.afterMs, mostPatienceMs);
      const { giveUpAfterMs = 60_000 } = this.options;
      const lastMs = Math.min(startedMs + giveUpAfterMs, this.giveUpAtMs);
      if (performance.now() + (this.hurried.signal.aborted ? 0 : patienceMs) > lastMs)
        return { kind: 'lost', errorType };
      await this.pause(patienceMs, signal);
      delayMs = Math.min(delayMs * 1.6, maxDelayMs);
    }
    return { kind: 'lost', errorType: 'shutdown' };
  }

  /** The process is about to stop: failing soon matters more than delivering. */
  hurry(): void {
    this.giveUpAtMs = performance.now() + lastChanceMs;
    this.hurried.abort();
  }

  /** No request comes any more. */
  close(): void {
    this.onClose();
  }

  private async attempt(request: Buffer, signal: AbortSignal): Promise<Answer> {
    const { signal: of, headers, timeoutMs } = this.options;
    const { generation } = this.channel;
    const startedMs = performance.now();
    const answer = await this.channel.call({ path: services[of], request, headers, timeoutMs, signal });
    const ok = answer.code === status.OK;
    this.counter.attempted(performance.now() - startedMs, ok ? '' : nameOf(answer.code));
    if (ok || answer.answered || signal.aborted) this.silent = 0;
    else if (answer.code !== status.DEADLINE_EXCEEDED || ++this.silent >= silentAttempts) {
      this.silent = 0;
      this.channel.renew(generation);
    }
    return answer;
  }

  /** Cut short when the process is about to stop, and over when it has no time left. */
  private async pause(delayMs: number, signal: AbortSignal): Promise<void> {
    const { hurried } = this;
    const last = hurried.signal.aborted;
    const signals = last ? [signal] : [signal, hurried.signal];
    const pauseMs = last ? Math.min(delayMs, firstDelayMs) : delayMs;
    await delay(pauseMs, undefined, { signal: AbortSignal.any(signals), ref: false }).catch(() => {});
  }
}

function nameOf(code: number): string {
  return status[code] ?? `CODE_${code}`;
}

function jittered(delayMs: number): number {
  return delayMs * (0.8 + Math.random() * 0.4);
}
