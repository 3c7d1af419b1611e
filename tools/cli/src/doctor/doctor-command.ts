import { CommandFailure, usesColors, type CliIo } from '../cli-io.ts';
import { diagnose } from './diagnose.ts';
import { doctorJson, doctorLines } from './doctor-report.ts';
import { gatherFacts } from './gather-facts.ts';
import type { DoctorOptions } from './places.ts';

/** Follows one request through everything that its telemetry passes, and says where it ends. */
export async function runDoctor(options: DoctorOptions, io: CliIo): Promise<void> {
  const facts = await gatherFacts(options, io).catch((error: unknown) => {
    if (io.interrupted.aborted) throw new CommandFailure('Cancelled.', 130, { cause: error });
    throw error;
  });
  const diagnosis = diagnose(facts);
  if (options.json === true) io.stdout.write(`${JSON.stringify(doctorJson(diagnosis, facts))}\n`);
  else io.stdout.write(`${doctorLines(diagnosis, usesColors(io.stdout, io.env)).join('\n')}\n`);
  const { firstBroken } = diagnosis;
  if (firstBroken !== undefined)
    throw new CommandFailure(
      `The first broken hop is ${firstBroken.hop}: ${firstBroken.cause?.text ?? ''}.`,
      1,
    );
}
