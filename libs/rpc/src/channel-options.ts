import type { ChannelOptions } from '@grpc/grpc-js';

const keepaliveMsDefault = 10_000;

/**
 * By default a cut network is noticed within 15 s, also on a connection without calls: a registration or
 * keep-alive stream would otherwise hang until TCP gives up.
 */
export function keepalive(everyMs = keepaliveMsDefault): ChannelOptions {
  return { 'grpc.keepalive_time_ms': everyMs, 'grpc.keepalive_timeout_ms': Math.ceil(everyMs / 2) };
}

export const maxReceiveBytesDefault = 8 * 1024 * 1024;

/**
 * Options of every client. The short backoff finds a restarted peer within two seconds; without channelz,
 * whose counters nobody reads, each call costs less.
 */
export const clientChannelOptions: ChannelOptions = {
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.dns_min_time_between_resolutions_ms': 2_000,
  'grpc.max_receive_message_length': maxReceiveBytesDefault,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_channelz': 0,
};

/**
 * Options of every server. Idle connections are closed, so probes that come and go leave nothing behind;
 * connections have no maximum age, because it would cut long streams.
 */
export const serverChannelOptions: ChannelOptions = {
  'grpc.max_connection_idle_ms': 300_000,
  'grpc.enable_channelz': 0,
};
