import { arch, cpus } from 'node:os';
import type { Measured, Slice } from './measure.ts';
import { parts, type Part } from './profile-parts.ts';
import type { Profiled } from './profile.ts';
import { ratioOf, type Ratio } from './ratios.ts';
import { variants, type Variant } from './variants.ts';

/** Nanoseconds of one operation. */
export interface OperationFigure {
  readonly name: string;
  readonly minimumNs: number;
  readonly medianNs: number;
}

/** Everything that one run of the benchmark found. */
export interface Findings {
  readonly together: Measured;
  readonly apart: Measured;
  readonly operations: readonly OperationFigure[];
  readonly profiles: readonly Profiled[];
  readonly cycles: number;
}

/** A column: what is shown of a figure. */
interface Column {
  readonly title: string;
  readonly figure: keyof Slice;
  readonly unit: string;
}

const together: readonly Column[] = [
  { title: 'unary, CPU', figure: 'unaryCpuUs', unit: 'µs' },
  { title: 'unary, calls per second', figure: 'unaryPerSecond', unit: '/s' },
  { title: 'unary alone, p50', figure: 'unaryP50Us', unit: 'µs' },
  { title: 'unary alone, p99', figure: 'unaryP99Us', unit: 'µs' },
  { title: '256-message stream, CPU', figure: 'streamCpuUs', unit: 'µs' },
  { title: 'event-loop delay, p99', figure: 'loopDelayP99Us', unit: 'µs' },
];

const apart: readonly Column[] = [
  { title: 'unary, server CPU', figure: 'unaryServerCpuUs', unit: 'µs' },
  { title: 'unary, CPU of both', figure: 'unaryCpuUs', unit: 'µs' },
  { title: 'stream, server CPU', figure: 'streamServerCpuUs', unit: 'µs' },
  { title: 'stream, CPU of both', figure: 'streamCpuUs', unit: 'µs' },
];

/** The findings as a page of the documentation. */
export function reportOf(findings: Findings): string {
  const [processor] = cpus();
  return `# What tracing costs

<!-- Written by \`npm run bench:tracing\`. -->

Ratios to the same service and client on grpc-js alone, measured side by side in one run of
${findings.cycles} cycles (every variant runs all the time; in each cycle each has a short turn, in
changing order). A ratio is the median over the cycles of the variant ÷ the mean of the two controls of the same
cycle, with lower and upper quartile. The second control against the first is the A/A row: what is nearer
to 1 than that is no finding. The handlers do nothing and the messages are tiny, which is the worst
case for a ratio; CPU time includes the export over OTLP to a process that counts every span, and all
that were made came.

Node ${process.versions.node}, ${cpus().length} × ${processor?.model.trim() ?? 'unknown'} (${arch()}).

![Ratios of CPU time](tracing-cost.svg)

## Server and client in one process

${tableOf(findings.together, together)}

## Server and client in a process each

${tableOf(findings.apart, apart)}

## Where the time goes

Microseconds of CPU time per unary call by what the code belongs to, from a profile of each variant
(every half millisecond; its looks cost time of their own), server and client in one process, the export included.

${profileTable(findings.profiles)}

## One operation

| operation | at least, ns | median, ns |
| --- | --- | --- |
${findings.operations.map(({ name, minimumNs, medianNs }) => `| ${name} | ${minimumNs.toFixed(0)} | ${medianNs.toFixed(0)} |`).join('\n')}
`;
}

/** The same for a terminal. */
export function printed(findings: Findings): string {
  return reportOf(findings)
    .split('\n')
    .filter((line) => !line.startsWith('<!--') && !line.startsWith('!['))
    .join('\n');
}

function tableOf(measured: Measured, columns: readonly Column[]): string {
  const head = ['variant', ...columns.map(({ title, unit }) => `${title} (${unit})`)];
  const rows = shown(measured).map((variant) => [
    variant.title,
    ...columns.map(({ figure }) => cell(ratioOf(measured, variant.name, figure))),
  ]);
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function profileTable(profiles: readonly Profiled[]): string {
  const row = (name: string, of: (profiled: Profiled) => number): string[] => [
    name,
    ...profiles.map((profiled) => of(profiled).toFixed(0)),
  ];
  const head = ['part', ...profiles.map(({ variant }) => variant.title)];
  const seen = (part: Part): boolean => profiles.some((profiled) => profiled.parts[part] >= 0.5);
  const rows = [
    ...parts.filter(seen).map((part) => row(part, (profiled) => profiled.parts[part])),
    row('all, as the system counts it', ({ cpuUs }) => cpuUs),
  ];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Variants of the run, but for the control that is the measure itself. */
export function shown(measured: Measured): Variant[] {
  return variants.filter(({ name }) => measured.has(name) && name !== 'none');
}

function cell({ median, low, high, absolute }: Ratio): string {
  return `×${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)}), ${absolute.toFixed(0)}`;
}
