import { logAttributes, type AttributeDefinition } from '@ryzanstein/tracing';
import { contentProblems } from './content-guard.ts';
import { hasType, shown } from './value-types.ts';

const registry: Readonly<Record<string, Pick<AttributeDefinition, 'type'>>> = logAttributes;

/** A log record of the SDK, or of a test's collector. */
export interface CheckedLog {
  readonly body?: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource?: { readonly attributes: Readonly<Record<string, unknown>> };
  /** In place of the resource's `service.name`. */
  readonly service?: string;
}

/**
 * Compares log records of the mesh's own services with the registry of names. Returns one sentence for
 * each attribute that is not in it, each value of the wrong type, and each text of a user.
 */
export function checkLogs(records: readonly CheckedLog[]): string[] {
  return records.flatMap((record) => {
    const service = record.service ?? record.resource?.attributes['service.name'];
    if (!String(service).startsWith('ryzanstein-')) return [];
    const said = typeof record.body === 'string' ? record.body : '';
    const where = `the log record "${said.slice(0, 60)}"`;
    return [
      ...contentProblems(said, 'a log record'),
      ...Object.entries(record.attributes).flatMap(([key, value]) => {
        const definition = registry[key];
        if (definition === undefined)
          return [`${where} has the attribute "${key}", which is not in the registry`];
        if (!hasType(value, definition.type))
          return [`${where} has ${key} = ${shown(value)}, which is no ${definition.type}`];
        const texts = Array.isArray(value) ? value.map(String) : [String(value)];
        return texts.flatMap((text) => contentProblems(text, `${key} of a log record`));
      }),
    ];
  });
}
