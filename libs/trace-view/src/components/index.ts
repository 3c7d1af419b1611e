export { TimeSpent } from './time-spent.tsx';
export { Waterfall } from './waterfall.tsx';
export type { TimeRange } from './waterfall.tsx';
