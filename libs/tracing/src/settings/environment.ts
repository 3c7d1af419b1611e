/** Environment variables, as `process.env` has them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The process's own environment. The one place of this library that reads it. */
export function processEnv(): Env {
  return process.env;
}
