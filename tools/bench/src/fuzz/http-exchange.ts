import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { faultsOf, readAnswers } from './http-answers.ts';
import type { HttpCase, HttpStep } from './http-cases.ts';

/** How a case went. */
export interface Outcome {
  /** What came back, in a word: a status, `silence`, `closed`. */
  readonly ending: string;
  readonly faults: readonly string[];
}

const answersWithinMs = 15_000;
const hearsWithinMs = 2_000;
/** What nobody owes an answer to is left after this. */
const looseMs = 150;

/** Plays a case on a connection of its own, and judges what comes back. */
export async function playHttp(address: string, one: HttpCase): Promise<Outcome> {
  const colon = address.lastIndexOf(':');
  const socket = connect({
    host: address.slice(0, colon),
    port: Number(address.slice(colon + 1)),
    allowHalfOpen: true,
    noDelay: true,
  });
  const heard: Buffer[] = [];
  let closed = false;
  let wake = (): void => {};
  socket.on('data', (bytes) => {
    heard.push(bytes);
    wake();
  });
  for (const event of ['error', 'end', 'close'] as const)
    socket.on(event, () => {
      closed = true;
      wake();
    });
  /** Waits until `done`, or something ends it. */
  const until = async (done: () => boolean, withinMs: number): Promise<void> => {
    const endMs = performance.now() + withinMs;
    while (!closed && !done() && performance.now() < endMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const timer = setTimeout(resolve, Math.max(1, endMs - performance.now()));
      await promise;
      clearTimeout(timer);
    }
  };
  try {
    for (const step of one.steps) {
      if (closed) break;
      if (step === 'hear') await until(() => heard.length > 0, hearsWithinMs);
      else await take(socket, step);
    }
    const answered = (): boolean =>
      readAnswers(Buffer.concat(heard), false, one.bodiless).answers.length >= one.requests;
    await until(answered, one.whole ? answersWithinMs : looseMs);
    return judge(one, Buffer.concat(heard), closed);
  } finally {
    socket.destroy();
  }
}

async function take(socket: Socket, step: Exclude<HttpStep, 'hear'>): Promise<void> {
  if (step === 'end') socket.end();
  else if (step === 'reset') socket.resetAndDestroy();
  else {
    socket.write(step);
    // So that two pieces are read as two.
    await pause(0);
  }
}

function judge({ whole, requests, requestId, bodiless }: HttpCase, bytes: Buffer, closed: boolean): Outcome {
  const { answers, garbage } = readAnswers(bytes, closed, bodiless);
  const faults = answers.flatMap((answer) => faultsOf(answer, requestId));
  if (garbage !== undefined) faults.push(`an answer that is not HTTP: ${garbage}`);
  if (whole && !closed && answers.length === 0 && !/^HTTP\/1\.1 \d{3}/.test(bytes.toString('latin1', 0, 12)))
    faults.push(`no answer within ${answersWithinMs / 1_000} s`);
  if (answers.length > requests + 1) faults.push(`${answers.length} answers to ${requests} requests`);
  return {
    ending: answers[0] === undefined ? (closed ? 'closed' : 'silence') : String(answers[0].status),
    faults,
  };
}
