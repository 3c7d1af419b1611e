/** Where the CPU time of a process goes, by what the code belongs to. */
export const parts = [
  'garbage collection',
  'Node, HTTP/2',
  'Node, else',
  'V8 and libuv',
  'grpc-js',
  'messages (protobuf)',
  'OpenTelemetry SDK and API',
  'instrumentation-grpc',
  "the mesh's spans, propagation, metrics",
  "the mesh's encoder and export",
  'the benchmark',
] as const;

export type Part = (typeof parts)[number];

/** Microseconds per call of each part. */
export type PartsUs = Readonly<Record<Part, number>>;

/** What is read of a profile of V8. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples?: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas?: readonly number[];
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** The module that a line (from 0) of a bundle comes from: esbuild writes each one's path before it. */
export function modulesOf(bundle: string): (line: number) => string {
  const begins: { readonly line: number; readonly path: string }[] = [];
  for (const [line, text] of bundle.split('\n').entries()) {
    const path = /^\/\/ (\S+\.(?:[cm]?[jt]s|json))$/.exec(text)?.[1];
    if (path !== undefined) begins.push({ line, path });
  }
  return (line) => begins.findLast((module) => module.line <= line)?.path ?? '';
}

/** Time of each part, in microseconds, all of it but what was idle. */
export function partsOf(profile: CpuProfile, moduleAt: (line: number) => string): PartsUs {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = Object.fromEntries(parts.map((part) => [part, 0])) as Record<Part, number>;
  for (const [index, id] of (profile.samples ?? []).entries()) {
    const frame = frames.get(id);
    const part = frame === undefined ? undefined : partOf(frame, moduleAt);
    if (part !== undefined) times[part] += profile.timeDeltas?.[index] ?? 0;
  }
  return times;
}

function partOf(
  { functionName, url, lineNumber }: Frame,
  moduleAt: (line: number) => string,
): Part | undefined {
  if (functionName === '(idle)') return undefined;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (url === '') return 'V8 and libuv';
  if (url.startsWith('node:')) return url.includes('http2') ? 'Node, HTTP/2' : 'Node, else';
  return partOfModule(url.endsWith('/subject.mjs') ? moduleAt(lineNumber) : url);
}

function partOfModule(path: string): Part {
  if (/\/grpc-js\//.test(path)) return 'grpc-js';
  if (/\/(protobufjs|proto-loader|long)\//.test(path)) return 'messages (protobuf)';
  if (/\/instrumentation(-grpc)?\//.test(path)) return 'instrumentation-grpc';
  if (/\/@opentelemetry\//.test(path)) return 'OpenTelemetry SDK and API';
  if (/libs\/tracing\/src\/export\//.test(path)) return "the mesh's encoder and export";
  if (/libs\/(tracing|rpc|runtime)\//.test(path)) return "the mesh's spans, propagation, metrics";
  return 'the benchmark';
}
