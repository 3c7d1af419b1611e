/** An address that a process listens at, and who says which. */
export interface ListenPlan {
  /** Its name in the process's ready message. */
  readonly key: string;
  /** Variable that the process reads. */
  readonly variable: string;
  /** Variable with which a user of the launcher chooses it. */
  readonly setBy: string;
  /** host:port; port 0 takes any free one. */
  readonly address: string;
}

/** host:port by process, then by name, as the processes reported them. */
export type RunningAddresses = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One process: what runs, where it listens and what must be ready before. */
export interface ProcessPlan {
  readonly name: string;
  /** Absolute path of a JavaScript or TypeScript file that speaks the ready protocol. */
  readonly program: string;
  readonly args?: readonly string[];
  readonly listens: readonly ListenPlan[];
  /** Processes whose actual addresses `env` needs; each must stand earlier in the list. */
  readonly after: readonly string[];
  /** The others send it what they have recorded, to the last: it stops when they have ended. */
  readonly takesTelemetry?: boolean;
  /** Variables beyond the launcher's own environment and the addresses to listen at. */
  env(running: RunningAddresses): Readonly<Record<string, string>>;
}

/** The address that a client on this machine reaches a listener at: wildcards become loopback. */
export function reachable(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}

/** The same for people and links: loopback is called localhost. */
export function friendly(address: string): string {
  return reachable(address).replace(/^(?:127\.0\.0\.1|\[::1\]):/, 'localhost:');
}
