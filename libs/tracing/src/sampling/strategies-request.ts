import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

const maxAnswerBytes = 1024 * 1024;

/**
 * How one question is limited.
 *
 * @example
 * const limits: RequestLimits = { timeoutMs: 2_000, signal: new AbortController().signal };
 */
export interface RequestLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks an endpoint for the strategies of a service and gives the text of its answer. The connection
 * keeps no process alive.
 *
 * @throws Error with a sentence that says what the endpoint did, the same one for the same fault.
 *
 * @example
 * const limits = { timeoutMs: 2_000, signal: new AbortController().signal };
 * const text = await requestStrategies('http://localhost:5778/sampling', 'my-service', limits);
 * const strategies = parseStrategiesAnswer(text);
 */
export async function requestStrategies(
  endpoint: string,
  service: string,
  limits: RequestLimits,
): Promise<string> {
  const url = new URL(endpoint);
  const query = `service=${encodeURIComponent(service)}`;
  url.search = url.search === '' ? query : `${url.search}&${query}`;
  const late = AbortSignal.timeout(limits.timeoutMs);
  try {
    return await get(url, AbortSignal.any([late, limits.signal]));
  } catch (error) {
    if (late.aborted) throw new Error(`it gave no answer within ${limits.timeoutMs} ms`, { cause: error });
    throw error;
  }
}

function get(url: URL, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, { signal, agent: false, headers: { accept: 'application/json' } });
    request.on('socket', (socket) => socket.unref());
    request.on('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`it cannot be reached (${error.code ?? error.message})`, { cause: error })),
    );
    request.on('response', (response) => {
      const refuse = (sentence: string) => {
        reject(new Error(sentence));
        request.destroy();
      };
      const { statusCode = 0, headers } = response;
      if (statusCode !== 200) return refuse(`it answered with status ${statusCode}`);
      // Jaeger answers paths of another of its ports with a page and status 200.
      if (headers['content-type']?.includes('html') === true) return refuse('it answered with a web page');
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > maxAnswerBytes) refuse(`it answered with more than ${maxAnswerBytes} bytes`);
      });
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      response.on('error', (error: NodeJS.ErrnoException) =>
        reject(new Error(`it broke its answer off (${error.code ?? error.message})`, { cause: error })),
      );
      response.on('close', () => reject(new Error('it broke its answer off')));
    });
    request.end();
  });
}
