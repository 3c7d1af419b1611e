import type { Recorded } from '@ryzanstein/tracing/testing';

// Whatever a test records of the mesh's own spans and logs is named as the registry has it, or the
// test fails.
const recorded: Recorded[] = [];
Object.assign(globalThis, {
  [Symbol.for('ryzanstein.recorded')]: (one: Recorded) => void recorded.push(one),
});

async function check(): Promise<void> {
  const all = recorded.splice(0);
  if (all.length === 0) return;
  const { checkConventions, checkLogs } = await import('@ryzanstein/testing/conventions');
  const problems = [
    ...checkConventions(all.flatMap(({ span }) => span ?? [])),
    ...checkLogs(all.flatMap(({ log }) => log ?? [])),
  ];
  if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'));
}

afterEach(check);
afterAll(check);
