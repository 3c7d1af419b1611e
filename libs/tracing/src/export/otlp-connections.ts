import type { TelemetryLogger } from '../diagnostics.ts';
import type { OtlpSettings } from '../settings/otlp-settings.ts';
import { ExportCounter, type ExportCounts, type ExportedThing } from './export-counts.ts';
import { ExportReport } from './export-report.ts';
import { OtlpChannel } from './otlp-channel.ts';
import { OtlpClient, type OtlpSignal } from './otlp-client.ts';
import { followCredentials } from './followed-credentials.ts';
import { otlpCredentials } from './otlp-credentials.ts';

const things: Readonly<Record<OtlpSignal, readonly [what: string, thing: ExportedThing]>> = {
  traces: ['spans', 'span'],
  metrics: ['metrics', 'metric_data_point'],
  logs: ['log records', 'log'],
};

interface SharedChannel {
  readonly channel: OtlpChannel;
  readonly stopFollowing: () => void;
  users: number;
}

/** The clients of a process: one for each signal, over one channel for each endpoint. */
export class OtlpConnections {
  private readonly log: TelemetryLogger;
  private readonly channels = new Map<string, SharedChannel>();
  private readonly counters: ExportCounter[] = [];

  constructor(log: TelemetryLogger) {
    this.log = log;
  }

  /**
   * A client for `signal`. Whoever asks for it MUST close it.
   *
   * @example
   * const client = new OtlpConnections(logger).open('traces', settings.traces);
   */
  open(
    signal: OtlpSignal,
    settings: OtlpSettings,
    options: { readonly giveUpAfterMs?: number } = {},
  ): OtlpClient {
    const { endpoint, address, port, headers, timeoutMs } = settings;
    const [what, thing] = things[signal];
    const counter = new ExportCounter(thing, { address, port });
    this.counters.push(counter);
    const report = new ExportReport({ what, endpoint, port, counter }, this.log);
    const { shared, key } = this.share(settings);
    shared.users += 1;
    const client = new OtlpClient(
      shared.channel,
      { signal, headers, timeoutMs, ...options },
      { counter, report },
      () => this.release(key, shared),
    );
    return client;
  }

  /** What became of everything that was exported, signal by signal. */
  readonly counts = (): readonly ExportCounts[] => this.counters.map((counter) => counter.read());

  private share(settings: OtlpSettings): { shared: SharedChannel; key: string } {
    const { address, port, secure, compression, certificate, clientKey, clientCertificate } = settings;
    const files = [certificate, clientKey, clientCertificate].map((file) => file?.path);
    const key = JSON.stringify([address, port, secure, compression, ...files]);
    let shared = this.channels.get(key);
    if (shared === undefined) {
      const channel = new OtlpChannel(settings, otlpCredentials(settings, this.log));
      const stopFollowing = followCredentials(settings, this.log, (credentials) =>
        channel.resecure(credentials),
      );
      shared = { channel, stopFollowing, users: 0 };
      this.channels.set(key, shared);
    }
    return { shared, key };
  }

  private release(key: string, shared: SharedChannel): void {
    shared.users -= 1;
    if (shared.users > 0) return;
    shared.stopFollowing();
    shared.channel.close();
    if (this.channels.get(key) === shared) this.channels.delete(key);
  }
}
