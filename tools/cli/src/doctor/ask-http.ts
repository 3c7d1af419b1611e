import type { Answer } from './facts.ts';

/** An HTTP answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const answerWithinMs = 3_000;

/** Asks an address; a refusal of the connection is an answer, too. Never throws but for the signal. */
export async function askHttp(
  url: string,
  { signal, ...init }: RequestInit & { readonly signal: AbortSignal },
): Promise<Answer<HttpAnswer>> {
  try {
    const response = await fetch(url, {
      ...init,
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    });
    const body = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return { state: 'answered', url, value: { status: response.status, type, body } };
  } catch (error) {
    signal.throwIfAborted();
    return { state: 'silent', url, reason: reasonOf(error) };
  }
}

/** The JSON of an answer with status 200; undefined for anything else. */
export async function askJson(
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
): Promise<unknown> {
  const answer = await askHttp(url, init);
  if (answer.state !== 'answered' || answer.value.status !== 200) return undefined;
  try {
    return JSON.parse(answer.value.body);
  } catch {
    return undefined;
  }
}

/** Why a connection or an answer failed, in a few words. */
export function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: Error & { code?: string; errors?: unknown[] } };
  const code = cause?.code ?? (cause?.errors?.[0] as { code?: string } | undefined)?.code;
  if (name === 'TimeoutError') return `no answer within ${answerWithinMs / 1_000} s`;
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no such host';
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET')
    return 'the connection was closed without an answer';
  return code ?? cause?.message ?? message;
}

/** True where nothing was there to ask, as opposed to something that answers wrongly. */
export function isAbsent(answer: Answer<unknown>): boolean {
  return answer.state === 'silent' && /^(nothing listens there|there is no such host)$/.test(answer.reason);
}
