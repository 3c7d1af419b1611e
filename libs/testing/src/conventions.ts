import {
  attributes,
  deprecatedAttributes,
  events,
  spans as spanDefinitions,
  type AttributeDefinition,
} from '@ryzanstein/tracing';
import type { RecordedSpan } from '@ryzanstein/tracing/testing';
import { contentProblems } from './content-guard.ts';
import { isOwnScope } from './own-scope.ts';
import { hasType, shown } from './value-types.ts';

export { checkLogs } from './log-conventions.ts';

const definitions = Object.entries(spanDefinitions);
const registry: Readonly<Record<string, AttributeDefinition>> = attributes;
const required = Object.entries(registry).filter(([, { requiredOn }]) => requiredOn !== undefined);

type Values = Readonly<Record<string, unknown>>;

/**
 * Compares spans of the mesh's own scopes with the registry of names. Returns one sentence for each
 * span name, attribute or event that is not in it, each value of the wrong type, each attribute that
 * its span may not be without, and each text in which somebody's prompt may stand.
 */
export function checkConventions(spans: readonly RecordedSpan[]): string[] {
  return spans.filter(({ scope }) => isOwnScope(scope)).flatMap(problemsOf);
}

function problemsOf(span: RecordedSpan): string[] {
  const where = `"${span.name}"`;
  const key = definitions.find(
    ([, { pattern, kinds }]) => pattern.test(span.name) && (kinds as readonly string[]).includes(span.kind),
  )?.[0];
  const problems = key === undefined ? [`${where} (${span.kind}) is not a span of the registry`] : [];
  problems.push(...attributeProblems(span.attributes, where));
  for (const [name, { requiredOn = [], atEnd = false }] of required) {
    if (Object.hasOwn(span.attributes, name) || (atEnd && wasKilled(span))) continue;
    if (requiredOn.some((one) => one === key)) problems.push(`${where} (${span.kind}) has no ${name}`);
    else if (span.status === 'ERROR' && requiredOn.includes('error'))
      problems.push(`${where} (${span.kind}) is an error and has no ${name}`);
  }
  for (const event of span.events) {
    if (!Object.hasOwn(events, event.name))
      problems.push(`${where} has an event "${event.name}", which is not in the registry`);
    problems.push(...attributeProblems(event.attributes, `event "${event.name}" of ${where}`));
  }
  for (const link of span.links) problems.push(...attributeProblems(link.attributes, `a link of ${where}`));
  if (span.statusMessage !== undefined)
    problems.push(...contentProblems(span.statusMessage, `the status of ${where}`));
  return [...problems, ...contentProblems(span.name, `the name of ${where}`)];
}

/** Its process was killed before it ended: whatever an end would have told, nobody knows. */
function wasKilled({ attributes: values }: RecordedSpan): boolean {
  return values['ryzanstein.span.recovered'] === true && values['error.type'] === 'PROCESS_KILLED';
}

function attributeProblems(values: Values, where: string): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (Object.hasOwn(deprecatedAttributes, key)) {
      const successor = deprecatedAttributes[key as keyof typeof deprecatedAttributes];
      return [`${where} has the deprecated attribute "${key}"; it is ${successor} now`];
    }
    const definition = registry[key];
    if (definition === undefined)
      return [`${where} has the attribute "${key}", which is not in the registry`];
    if (!hasType(value, definition.type))
      return [`${where} has ${key} = ${shown(value)}, which is no ${definition.type}`];
    const texts = typeof value === 'string' ? [value] : Array.isArray(value) ? value.map(String) : [];
    if (definition.words !== true && texts.some((text) => /\s/.test(text)))
      return [`${where} has ${key} = ${shown(value)}: words, where a prompt might stand`];
    return texts.flatMap((text) => contentProblems(text, `${key} of ${where}`));
  });
}
