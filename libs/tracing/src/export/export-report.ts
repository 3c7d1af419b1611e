import { atMostEvery, type TelemetryLogger } from '../diagnostics.ts';
import type { ExportCounter } from './export-counts.ts';

const exportLogIntervalMs = 60_000;
const httpPort = 4318;

export interface ExportReportOptions {
  /** Plural, as it stands in a sentence: `spans`. */
  readonly what: string;
  readonly endpoint: string;
  readonly port: number;
  readonly counter: ExportCounter;
  /** Default: the process's monotonic clock. */
  readonly nowMs?: () => number;
}

/** Says what is wrong with the export of one signal, each kind at most once a minute. */
export class ExportReport {
  private readonly options: ExportReportOptions;
  private readonly log: TelemetryLogger;
  private readonly maySayFailing: () => boolean;
  private readonly maySayRejected: () => boolean;
  private lastReason = '';
  private said = false;
  private saidUnreadable = false;

  constructor(options: ExportReportOptions, log: TelemetryLogger) {
    this.options = options;
    this.log = log;
    this.maySayFailing = atMostEvery(exportLogIntervalMs, options.nowMs);
    this.maySayRejected = atMostEvery(exportLogIntervalMs, options.nowMs);
  }

  /** An attempt failed. */
  failing(reason: string): void {
    this.lastReason = reason;
    this.say();
  }

  /** Something was lost for want of room. */
  full(): void {
    this.say();
  }

  /** An attempt succeeded. */
  recovered(): void {
    this.lastReason = '';
    if (!this.said) return;
    this.said = false;
    const { what, endpoint, counter } = this.options;
    this.log.info(
      { endpoint, dropped: counter.lost },
      `${what} are exported to ${endpoint} again; ${counter.lost} were lost`,
    );
  }

  /** One item alone is more than the collector takes, or cannot be written. */
  unsendable(reason: string): void {
    this.lastReason = reason;
    this.say();
  }

  /** The collector took a request, but for `count` items; or it has something to say about it. */
  rejected(count: number, message: string): void {
    if (!this.maySayRejected()) return;
    const { what, endpoint } = this.options;
    const did = count > 0 ? `rejected ${count} ${what}` : `took ${what} with a warning`;
    this.log.warn(
      { endpoint, rejected: count, reason: message },
      `${endpoint} ${did}: ${message || 'no reason given'}`,
    );
  }

  /** The collector took a request, but its answer is no OTLP. */
  unreadable(): void {
    if (this.saidUnreadable) return;
    this.saidUnreadable = true;
    const { what, endpoint } = this.options;
    this.log.warn(
      { endpoint },
      `${endpoint} takes ${what}, but its answers cannot be read: what it rejects goes unnoticed`,
    );
  }

  private say(): void {
    if (!this.maySayFailing()) return;
    this.said = true;
    const { what, endpoint, counter, port } = this.options;
    const reason = this.lastReason || 'the queue is full';
    const hint = port === httpPort ? `; port ${httpPort} is usually OTLP over HTTP, and gRPC is on 4317` : '';
    const fields = { endpoint, dropped: counter.lost, queued: counter.queue.size, reason };
    this.log.warn(
      fields,
      `${what} cannot be exported to ${endpoint}: ${reason}${hint}; ${counter.lost} lost so far`,
    );
  }
}
