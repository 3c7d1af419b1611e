import type { LeaseEvent } from '@ryzanstein/contracts/gpu';
import { setTimeout as delay } from 'node:timers/promises';
import type { CliIo } from '../cli-io.ts';
import { peerTls, type TlsOptions } from '../peer-tls.ts';
import {
  answerWithinMs,
  connectCoordinator,
  coordinatorFailure,
  type CoordinatorClient,
} from '../devices/coordinator-call.ts';
import { leaseJson, leaseLine } from './lease-lines.ts';

/** The options of `ryz leases`. */
export interface LeasesOptions extends TlsOptions {
  readonly coordinator: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** The held leases come in one piece; so long after the last of them there is none to come. */
const quietMs = 300;

/** Prints the leases that are out; with `watch` every change besides, until Ctrl-C. */
export async function runLeases(options: LeasesOptions, io: CliIo): Promise<void> {
  const { coordinator, watch = false, json = false } = options;
  const client = connectCoordinator(coordinator, peerTls(options, io));
  const print = (event: LeaseEvent): void => {
    io.stdout.write(`${json ? JSON.stringify(leaseJson(event)) : leaseLine(event)}\n`);
  };
  try {
    // A watch says nothing before there is something to tell, not even that it stands.
    await client.ListDevices({}, { timeoutMs: answerWithinMs, signal: io.interrupted });
    if (watch) for await (const event of client.WatchLeases({}, { signal: io.interrupted })) print(event);
    else {
      const held = await heldNow(client, io.interrupted);
      held.forEach(print);
      if (held.length === 0) io.stderr.write('No lease is out.\n');
    }
  } catch (reason) {
    throw coordinatorFailure(reason, coordinator, io);
  } finally {
    client.close();
  }
}

async function heldNow(client: CoordinatorClient, interrupted: AbortSignal): Promise<LeaseEvent[]> {
  const stream = client.WatchLeases({}, { signal: interrupted });
  const events = stream[Symbol.asyncIterator]();
  const held: LeaseEvent[] = [];
  try {
    for (;;) {
      const quiet = new AbortController();
      const next = events.next();
      next.catch(() => {});
      const first = await Promise.race([
        next,
        delay(quietMs, undefined, { signal: quiet.signal }).catch(() => undefined),
      ]).finally(() => quiet.abort());
      if (first === undefined || first.done === true || first.value.kind !== 'KIND_HELD') return held;
      held.push(first.value);
    }
  } finally {
    stream.cancel();
  }
}
