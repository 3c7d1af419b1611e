export { samplingFile } from './sampling/sampling-file.ts';
export { parseStrategiesAnswer } from './sampling/strategies-answer.ts';
export { parseStrategiesFile } from './sampling/strategies-file.ts';
export type { StrategiesFile } from './sampling/strategies-file.ts';
export { requestStrategies } from './sampling/strategies-request.ts';
export type { RequestLimits } from './sampling/strategies-request.ts';
export { keptWhole, strategyText } from './sampling/strategies.ts';
export type { ServiceStrategies, SourcedStrategy, Strategy, StrategySource } from './sampling/strategies.ts';
