import type { DeviceState, ListDevicesResponse } from '@ryzanstein/contracts/gpu';
import { printable } from '../trace/printable.ts';

const heads = [
  'gpu',
  'engine',
  'address',
  'kind',
  'name',
  'model',
  'slots',
  'leased',
  'active',
  'queued',
  'KV used/limit',
  'state',
] as const;
/** Columns of numbers, which stand to the right. */
const right = new Set<string>(['gpu', 'slots', 'leased', 'active', 'queued', 'KV used/limit']);

/** The devices as lines of a table, and how many requests wait. The head comes first. */
export function deviceLines({ devices, waiting }: ListDevicesResponse): string[] {
  const rows = devices.map(cells);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        right.has(heads[column] ?? '')
          ? cell.padStart(widths[column] ?? 0)
          : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const none = devices.length === 0 ? ['no device is known'] : [];
  return [line(heads), ...rows.map(line), ...none, `waiting: ${waiting}`];
}

function cells({ gpuId, engineId, engineAddress, device, live, leased }: DeviceState): string[] {
  const load = device?.load;
  return [
    String(gpuId),
    printable(engineId),
    printable(engineAddress),
    printable(device?.kind ?? ''),
    printable(device?.name ?? ''),
    printable(device?.model ?? ''),
    String(device?.slots ?? 0),
    String(leased),
    String(load?.active ?? 0),
    String(load?.queued ?? 0),
    load ? `${load.kvTokensUsed}/${load.kvTokensLimit}` : '-',
    live ? 'live' : 'draining or gone',
  ];
}

/** The same for machines. */
export function devicesJson({ devices, waiting }: ListDevicesResponse): object {
  return {
    waiting,
    devices: devices.map(({ gpuId, engineId, engineAddress, device, live, leased }) => ({
      gpuId,
      engineId,
      engineAddress,
      kind: device?.kind,
      name: device?.name,
      model: device?.model,
      slots: device?.slots,
      leased,
      active: device?.load?.active ?? 0,
      queued: device?.load?.queued ?? 0,
      kvTokensUsed: Number(device?.load?.kvTokensUsed ?? 0),
      kvTokensLimit: Number(device?.load?.kvTokensLimit ?? 0),
      live,
    })),
  };
}
