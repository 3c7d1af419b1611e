import pc from 'picocolors';
import { setTimeout as delay } from 'node:timers/promises';
import { usesColors, type CliIo } from '../cli-io.ts';
import { peerTls, type TlsOptions } from '../peer-tls.ts';
import { answerWithinMs, connectCoordinator, coordinatorFailure } from './coordinator-call.ts';
import { deviceLines, devicesJson } from './devices-table.ts';

/** The options of `ryz devices`. */
export interface DevicesOptions extends TlsOptions {
  readonly coordinator: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

const watchEveryMs = 1_000;
// Home, and everything below it erased: a table that stays in place.
const anew = '\u001b[H\u001b[J';

/** Prints the devices that the coordinator knows; with `watch` again every second, until Ctrl-C. */
export async function runDevices(options: DevicesOptions, io: CliIo): Promise<void> {
  const { coordinator, watch = false, json = false } = options;
  const client = connectCoordinator(coordinator, peerTls(options, io));
  try {
    do {
      const answer = await client.ListDevices({}, { timeoutMs: answerWithinMs, signal: io.interrupted });
      if (json) io.stdout.write(`${JSON.stringify(devicesJson(answer))}\n`);
      else {
        const [head = '', ...rows] = deviceLines(answer);
        const { bold } = pc.createColors(usesColors(io.stdout, io.env));
        const text = `${[bold(head), ...rows].join('\n')}\n`;
        io.stdout.write(watch && io.stdout.isTTY === true ? anew + text : text);
      }
      if (watch) await delay(watchEveryMs, undefined, { signal: io.interrupted });
    } while (watch);
  } catch (reason) {
    throw coordinatorFailure(reason, coordinator, io);
  } finally {
    client.close();
  }
}
