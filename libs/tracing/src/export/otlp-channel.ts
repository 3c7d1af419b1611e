import {
  Channel,
  compressionAlgorithms,
  Metadata,
  status,
  type ChannelCredentials,
  type ChannelOptions,
} from '@grpc/grpc-js';
import type { OtlpSettings } from '../settings/otlp-settings.ts';
import type { Answer } from './otlp-answer.ts';

const channelOptions: ChannelOptions = {
  // A renewed channel must not get the connection back that the one before is waiting for.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.enable_channelz': 0,
  // Tries again itself, by OTLP's rules and with the batch at hand.
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.primary_user_agent': 'ryzanstein-otlp',
};

/** One call. */
export interface ExportCall {
  readonly path: string;
  readonly request: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Ends the call. */
  readonly signal: AbortSignal;
}

/**
 * A connection to a collector that can be made anew, shared by the signals that go there.
 *
 * It makes calls by the channel itself instead of grpc-js's clients, which are what
 * instrumentations wrap: the export of spans can make none.
 */
export class OtlpChannel {
  private readonly target: string;
  private credentials: ChannelCredentials;
  private readonly options: ChannelOptions;
  private channel: Channel;
  private currentGeneration = 0;

  constructor(
    { address, port, compression }: Pick<OtlpSettings, 'address' | 'port' | 'compression'>,
    credentials: ChannelCredentials,
  ) {
    this.target = `${address}:${port}`;
    this.credentials = credentials;
    const gzip = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip };
    this.options = compression === 'gzip' ? { ...channelOptions, ...gzip } : channelOptions;
    this.channel = this.connect();
  }

  /** Whether it goes over TLS. */
  get secure(): boolean {
    return this.credentials._isSecure();
  }

  /** Which of the channels made so far is used. */
  get generation(): number {
    return this.currentGeneration;
  }

  /** Makes a new channel, which connects at once and looks the name up again; unless it was done since. */
  renew(generation: number): void {
    if (generation !== this.currentGeneration) return;
    this.currentGeneration += 1;
    this.channel.close();
    this.channel = this.connect();
  }

  /** Connects anew with other credentials; what is under way is answered on the connection that it has. */
  resecure(credentials: ChannelCredentials): void {
    this.credentials = credentials;
    this.renew(this.currentGeneration);
  }

  close(): void {
    this.channel.close();
  }

  /** Never rejects, and settles soon after the deadline or the end of `signal`. */
  call({ path, request, headers, timeoutMs, signal }: ExportCall): Promise<Answer> {
    return new Promise((resolve) => {
      const metadata = new Metadata();
      for (const key in headers) metadata.set(key, headers[key] as string);
      let message: Uint8Array | undefined;
      let answered = false;
      const call = this.channel.createCall(path, Date.now() + timeoutMs, null, null, null);
      const stop = () => call.cancelWithStatus(status.CANCELLED, 'stopped');
      call.start(metadata, {
        onReceiveMetadata: () => {
          answered = true;
        },
        onReceiveMessage: (received: Buffer) => {
          message = received;
        },
        onReceiveStatus: ({ code, details, metadata: trailers }) => {
          signal.removeEventListener('abort', stop);
          const [binary] = trailers.get('grpc-status-details-bin');
          resolve({
            code,
            details,
            message,
            statusDetails: typeof binary === 'string' ? undefined : binary,
            // What grpc-js makes up by itself has no trailers.
            answered: answered || Object.keys(trailers.getMap()).length > 0,
          });
        },
      });
      call.startRead();
      call.sendMessageWithContext({}, request);
      call.halfClose();
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }

  private connect(): Channel {
    return new Channel(this.target, this.credentials, this.options);
  }
}
