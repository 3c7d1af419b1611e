export { startTracebox } from './tracebox.ts';
export type { Tracebox, TraceboxOptions } from './tracebox.ts';
