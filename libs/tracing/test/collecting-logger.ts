import type { TelemetryLogger } from '../src/diagnostics.ts';

/** Keeps what is said, each as `level: message`. */
export function collectingLogger(): TelemetryLogger & { readonly said: string[] } {
  const said: string[] = [];
  const say = (level: string) => (_fields: object, message: string) => void said.push(`${level}: ${message}`);
  return { said, info: say('info'), warn: say('warn'), error: say('error') };
}

/** Asks again and again until it is so; fails after 5 s, showing what `state` then is. */
export async function until(isSo: () => boolean, state: () => unknown = () => ''): Promise<void> {
  const giveUpAtMs = performance.now() + 5_000;
  while (!isSo()) {
    if (performance.now() > giveUpAtMs) throw new Error(`it did not come to be: ${JSON.stringify(state())}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
