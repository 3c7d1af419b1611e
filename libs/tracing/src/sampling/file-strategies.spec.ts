import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followStrategiesFile, type FollowedStrategies } from './file-strategies.ts';
import { collectingLogger, until } from '../../test/collecting-logger.ts';

let folder: string;
let file: string;
let followed: FollowedStrategies;
let logger: ReturnType<typeof collectingLogger>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sampling-'));
  file = join(folder, 'strategies.json');
  logger = collectingLogger();
});
afterEach(() => {
  followed.stop();
  rmSync(folder, { recursive: true });
});

const strategies = (param: number) => JSON.stringify({ default_strategy: { type: 'probabilistic', param } });
const follow = (optional = false, lookEveryMs = 5) => {
  followed = followStrategiesFile({ service: 'svc', file, optional, logger, lookEveryMs });
};
/** The probability that is in force, as a root that is kept would tell. */
const probability = () => {
  const { decision, traceState } = followed.decision.decide('f'.repeat(14), 'any');
  return decision === SamplingDecision.NOT_RECORD
    ? 0
    : Number(/p:([\d.]+)/.exec(traceState?.serialize() ?? '')?.[1]);
};
const becomes = (wanted: number) => until(() => probability() === wanted, probability);
const says = (count: number) =>
  until(
    () => logger.said.length >= count,
    () => logger.said,
  );

it('is read before anything is decided', () => {
  writeFileSync(file, strategies(0.5));
  follow();
  expect(probability()).toBe(0.5);
  expect(logger.said).toEqual([]);
});

it('is read again when it is edited in place, or replaced', async () => {
  writeFileSync(file, strategies(0.5));
  follow();
  writeFileSync(file, strategies(0.2));
  await becomes(0.2);
  writeFileSync(`${file}.new`, strategies(0.7));
  renameSync(`${file}.new`, file);
  await becomes(0.7);
  expect(logger.said).toEqual([
    'info: sampling strategies of svc changed: probabilistic 0.2',
    'info: sampling strategies of svc changed: probabilistic 0.7',
  ]);
});

it('leaves the last good strategies while it is broken, and says each fault and the mend once', async () => {
  writeFileSync(file, strategies(0.5));
  follow();
  writeFileSync(file, strategies(7));
  await says(1);
  writeFileSync(file, `${strategies(7)}\n`);
  rmSync(file);
  await says(2);
  writeFileSync(file, strategies(7));
  writeFileSync(file, strategies(0.25));
  await becomes(0.25);
  expect(logger.said).toEqual([
    `error: ${file} is not a sampling strategies file: default_strategy.param must be a number from 0 to 1, not 7; the strategies of before stay in force`,
    `error: ${file} cannot be read (ENOENT); the strategies of before stay in force`,
    `info: sampling strategies are read from ${file} again`,
  ]);
  expect(probability()).toBe(0.25);
});

it('is not called broken while it is being written', async () => {
  writeFileSync(file, strategies(0.5));
  follow(false, 3_600_000);
  writeFileSync(file, '{"default_str');
  await followed.look();
  writeFileSync(file, strategies(0.2));
  await followed.look();
  writeFileSync(file, '{');
  await followed.look();
  expect(logger.said).toEqual(['info: sampling strategies of svc changed: probabilistic 0.2']);
  await followed.look();
  await followed.look();
  expect(logger.said.slice(1)).toEqual([expect.stringMatching(/^error: .* the file holds no JSON .*/)]);
});

it('says so when it is whole again without a change', async () => {
  writeFileSync(file, strategies(0.5));
  follow();
  rmSync(file);
  await says(1);
  expect(probability()).toBe(0.5);
  writeFileSync(file, strategies(0.5));
  await says(2);
  expect(logger.said[1]).toBe(`info: sampling strategies are read from ${file} again`);
});

it('is no reason not to start: everything is kept', async () => {
  follow();
  expect(probability()).toBe(1);
  expect(logger.said).toEqual([`error: ${file} cannot be read (ENOENT); every trace is kept`]);
  writeFileSync(file, strategies(0.5));
  await becomes(0.5);
});

it('may be too large', () => {
  writeFileSync(file, ' '.repeat(1_048_577));
  follow();
  expect(logger.said).toEqual([
    `error: ${file} is not a sampling strategies file: it has 1048577 bytes, and 1048576 are the most; every trace is kept`,
  ]);
});

it('is not looked for any more once it is stopped', async () => {
  writeFileSync(file, strategies(0.5));
  follow();
  followed.stop();
  const other = followStrategiesFile({ service: 'svc', file, optional: false, logger, lookEveryMs: 5 });
  writeFileSync(file, strategies(0.2));
  await says(1);
  other.stop();
  expect(probability()).toBe(0.5);
  expect(logger.said).toHaveLength(1);
});

it('may be missing where nobody named it, and is read when it is there', async () => {
  follow(true);
  expect(probability()).toBe(1);
  writeFileSync(file, strategies(0.5));
  await becomes(0.5);
  rmSync(file);
  await says(2);
  expect(logger.said).toEqual([
    'info: sampling strategies of svc changed: probabilistic 0.5',
    `error: ${file} cannot be read (ENOENT); the strategies of before stay in force`,
  ]);
});
