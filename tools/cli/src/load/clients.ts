import { InvalidArgumentError } from 'commander';

/** One of those in whose name requests are sent. */
export interface LoadClient {
  /** Its `x-client-id`. */
  readonly id: string;
  /** Its part of the requests, beside those of the others. */
  readonly weight: number;
}

const most = 1_000;

/** `5` clients that take turns, or names with their weights: `web=3,batch=1`. */
export function clientsOption(text: string): LoadClient[] {
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    if (count < 1 || count > most) throw wrong();
    return Array.from({ length: count }, (_, index) => ({ id: `load-${index + 1}`, weight: 1 }));
  }
  const clients = text.split(',').map((part) => {
    const [, id, weight] = /^([\w.-]{1,64})=(\d+(?:\.\d+)?)$/.exec(part) ?? [];
    if (id === undefined || !(Number(weight) > 0)) throw wrong();
    return { id, weight: Number(weight) };
  });
  if (new Set(clients.map(({ id }) => id)).size < clients.length || clients.length > most) throw wrong();
  return clients;
}

/** Whose turn it is: by weight, and spread as evenly as that allows; in turn where all weigh the same. */
export function clientTurns(clients: readonly LoadClient[]): () => LoadClient | undefined {
  const credits = clients.map(() => 0);
  const sum = clients.reduce((total, { weight }) => total + weight, 0);
  return () => {
    let best = 0;
    for (const [index, { weight }] of clients.entries()) {
      credits[index] = (credits[index] ?? 0) + weight;
      if ((credits[index] ?? 0) > (credits[best] ?? 0)) best = index;
    }
    credits[best] = (credits[best] ?? 0) - sum;
    return clients[best];
  };
}

function wrong(): InvalidArgumentError {
  return new InvalidArgumentError('It must be how many clients (5), or names with weights (web=3,batch=1).');
}
