import { explain, typicalOf, type Explanation, type TypicalTimes } from '@ryzanstein/trace-analysis';
import { table } from '../figures.ts';
import { plantedMeshes, type PlantedCause } from './planted-causes.ts';
import { startWhyMesh } from './why-mesh.ts';

const plantedAtLeastMs = 500;
const plantedAtMostMs = 5_000;
const timesUsual = 5;

/** How often the cause is named of requests that were made slow for a known one. */
export async function why(print: (line: string) => void): Promise<void> {
  const rows: string[][] = [['planted', 'cause', 'named', '']];
  const misnamed: string[] = [];
  let sound: TypicalTimes = [];
  let right = 0;
  let asked = 0;
  for (const { env, engines, usual: usualSends, ownTypical, causes } of plantedMeshes) {
    const under = await startWhyMesh(env?.(slowMsFor(sound)), engines);
    const usual = usualSends.map((sendTo) => sendTo(under));
    try {
      // Asked everywhere: what a process does for the first time takes longer.
      await under.repeated(usual, 1);
      const isSound = sound.length === 0;
      if (isSound) sound = typicalOf(await under.repeated(usual, 3));
      const slowMs = slowMsFor(sound);
      for (const planted of causes) {
        // Asked around each: how fast a busy machine is changes within seconds.
        const before = await under.repeated(usual, 2);
        const trace = await under.traced(planted.send(under, slowMs));
        const around = typicalOf([...before, ...(await under.repeated(usual, 1))]);
        if (isSound) sound = around;
        const explanation = explain(trace, ownTypical ? around : sound);
        const found = isNamed(planted, explanation);
        asked += 1;
        if (found) right += 1;
        else misnamed.push(`${planted.what}: ${explanation.verdict}`);
        const { what } = planted;
        const wanted = causeText(planted.cause, planted.hop, planted.behind);
        rows.push([what, wanted, namedText(explanation), found ? '' : 'misnamed']);
      }
    } finally {
      await under.stop();
    }
  }
  print(`Slow requests whose cause is named: ${right} of ${asked} (all)`);
  print(table(rows));
  for (const line of misnamed) print(line);
}

/** Longer than all that a request usually takes here: what is planted is then its longest part. */
function slowMsFor(typical: TypicalTimes): number {
  const usualMs = Math.max(0, ...typical.map(({ totalMs }) => totalMs));
  return Math.ceil(Math.min(plantedAtMostMs, Math.max(plantedAtLeastMs, timesUsual * usualMs)));
}

/** The cause is the planted one, with its hop, or with one of those that held what it waited for. */
function isNamed({ cause, hop, behind }: PlantedCause, explanation: Explanation): boolean {
  return (
    explanation.cause === cause &&
    (hop === undefined || hop === slowestHop(explanation)) &&
    (behind === undefined || explanation.behind.some(({ requestId }) => requestId === behind))
  );
}

function namedText(explanation: Explanation): string {
  const { cause, behind } = explanation;
  return causeText(cause, cause === 'network' ? slowestHop(explanation) : undefined, behind[0]?.requestId);
}

function causeText(cause: string, hop?: string, behind?: string): string {
  return `${cause}${hop === undefined ? '' : ` ${hop}`}${behind === undefined ? '' : ` behind ${behind}`}`;
}

function slowestHop({ parts }: Explanation): string | undefined {
  const hops = parts.filter(({ name }) => name.startsWith('network ')).sort((a, b) => b.ms - a.ms);
  return hops[0]?.name.replace(/^network /, '');
}
