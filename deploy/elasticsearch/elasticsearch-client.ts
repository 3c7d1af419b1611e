/** Whom the node is asked as. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** A node that is asked over HTTP. */
export interface ElasticsearchClient {
  /** Sends JSON; gives the answer of a 2xx, and undefined for a 404. */
  send(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** What a node answered that it did not do. */
export class ElasticsearchRefusal extends Error {
  readonly status: number;

  constructor(what: string, status: number, answer: string) {
    super(`${what}: ${status} ${answer.slice(0, 500)}`);
    this.name = 'ElasticsearchRefusal';
    this.status = status;
  }
}

/** Asks the node at `url`. A request that takes longer than 30 s has failed. */
export function elasticsearchClient(url: string, login?: Login): ElasticsearchClient {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (login !== undefined)
    headers.authorization = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  return {
    async send(method, path, body) {
      const response = await fetch(new URL(path, url), {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(30_000),
      });
      const answer = await response.text();
      if (response.status === 404) return undefined;
      if (!response.ok) throw new ElasticsearchRefusal(`${method} ${path}`, response.status, answer);
      return answer === '' ? {} : (JSON.parse(answer) as unknown);
    },
  };
}
