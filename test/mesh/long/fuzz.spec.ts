import { fuzzMesh } from '@ryzanstein/bench/fuzz';

/** Short enough for each run, long enough for each family of cases; `npm run fuzz` plays as many as one likes. */
const counts = { http: 1_000, grpc: 500, frames: 500 };

it('hostile requests, calls and frames end no process, leave nothing behind, and harm no other request', async () => {
  const { played, findings, memory } = await fuzzMesh({ seed: 'mesh', counts, crowd: 200 });
  expect({ played, findings }).toEqual({ played: 2_000, findings: [] });
  // What grows with each case would be far beyond this.
  for (const { atTenthMb, atEndMb } of memory) expect(atEndMb).toBeLessThan(atTenthMb + 150);
}, 300_000);
