import type { AttributeDefinition } from '@ryzanstein/tracing';

/** Whether a recorded value is what the registry says; a whole number is a fraction, too. */
export function hasType(value: unknown, type: AttributeDefinition['type']): boolean {
  if (type === 'int') return Number.isSafeInteger(value);
  if (type === 'double') return Number.isFinite(value);
  if (type === 'string[]') return Array.isArray(value) && value.every((one) => typeof one === 'string');
  return typeof value === type;
}

/** A value as a sentence shows it. */
export function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
