import { strategyText, type SourcedStrategy } from '@ryzanstein/tracing/sampling';
import { padded, printable } from '../trace/printable.ts';
import type { FoundStrategies, NamedStrategies } from './read-strategies.ts';

const head = ['service', 'operation', 'strategy', 'source'] as const;

/** A table: its head, then a line for each service and each of its operations. */
export function strategyLines(services: readonly NamedStrategies[]): string[] {
  const rows = services.flatMap(rowsOf);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => [...(row[column] ?? '')].length)),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function rowsOf({ service, strategies }: NamedStrategies): string[][] {
  const { all, operations, atLeastPerSecond } = strategies;
  const atLeast = atLeastPerSecond > 0 ? `, at least ${atLeastPerSecond}/s` : '';
  const name = printable(service ?? '(any other)');
  return [[all, '(any other)'] as const, ...[...operations].map(([key, one]) => [one, key] as const)].map(
    ([{ strategy, source }, operation], index) => [
      index === 0 ? name : '',
      operations.size === 0 ? '(all)' : printable(operation),
      `${strategyText(strategy)}${atLeast}`,
      source === 'nothing named' ? 'nothing named: kept whole' : source,
    ],
  );
}

/** What `ryz sampling --json` prints. */
export function strategiesJson({ kind, from, services }: FoundStrategies): unknown {
  return {
    from: { [kind]: from },
    services: services.map(({ service, strategies: { all, operations, atLeastPerSecond } }) => ({
      service: service ?? null,
      ...strategyJson(all),
      operations: [...operations].map(([operation, one]) => ({ operation, ...strategyJson(one) })),
      at_least_per_second: atLeastPerSecond,
    })),
  };
}

function strategyJson({ strategy, source }: SourcedStrategy) {
  return {
    type: strategy.kind,
    param: strategy.kind === 'probabilistic' ? strategy.probability : strategy.tracesPerSecond,
    source,
  };
}
