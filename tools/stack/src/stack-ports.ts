import type { PortBlock } from './port-block.ts';

/** Every port of a stack, by what is answered there. */
export interface StackPorts {
  readonly otlpGrpc: number;
  readonly otlpHttp: number;
  readonly collectorHealth: number;
  readonly collectorMetrics: number;
  readonly jaegerQuery: number;
  readonly jaegerQueryGrpc: number;
  readonly jaegerOtlp: number;
  readonly jaegerOtlpHttp: number;
  readonly jaegerThrift: number;
  readonly jaegerSampling: number;
  readonly jaegerSamplingGrpc: number;
  readonly jaegerHealth: number;
  readonly jaegerMetrics: number;
  readonly prometheus: number;
  readonly elasticsearch: number;
}

/** The ports that everybody knows, as compose publishes them; those behind them are nobody's business. */
export const standardPorts: Partial<StackPorts> = {
  otlpGrpc: 4317,
  otlpHttp: 4318,
  jaegerQuery: 16_686,
  jaegerThrift: 14_268,
  jaegerSampling: 5_778,
  prometheus: 9_090,
  elasticsearch: 9_200,
};

/** Gives each a port of the block, but for those that are chosen. */
export function assignPorts(block: PortBlock, chosen: Partial<StackPorts> = {}): StackPorts {
  return {
    otlpGrpc: block.next(),
    otlpHttp: block.next(),
    collectorHealth: block.next(),
    collectorMetrics: block.next(),
    jaegerQuery: block.next(),
    jaegerQueryGrpc: block.next(),
    jaegerOtlp: block.next(),
    jaegerOtlpHttp: block.next(),
    jaegerThrift: block.next(),
    jaegerSampling: block.next(),
    jaegerSamplingGrpc: block.next(),
    jaegerHealth: block.next(),
    jaegerMetrics: block.next(),
    prometheus: block.next(),
    elasticsearch: block.next(),
    ...chosen,
  };
}
