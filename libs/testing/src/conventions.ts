import { attributes, deprecatedAttributes, events, spans as spanDefinitions } from '@ryzanstein/tracing';
import type { RecordedSpan } from '@ryzanstein/tracing/testing';

/** Scopes whose spans are the mesh's own; what others emit is theirs to name. */
const ownScopes = new Set(['@ryzanstein/tracing', '@opentelemetry/instrumentation-grpc']);

const definitions = Object.values(spanDefinitions);

type Values = Readonly<Record<string, unknown>>;

/**
 * Compares spans of the mesh's own scopes with the registry of names. Returns one sentence for each
 * span name, attribute or event that is not in it, and for each value of the wrong type.
 */
export function checkConventions(spans: readonly RecordedSpan[]): string[] {
  return spans.filter(({ scope }) => ownScopes.has(scope)).flatMap(problemsOf);
}

function problemsOf(span: RecordedSpan): string[] {
  const problems: string[] = [];
  const known = definitions.some(
    ({ pattern, kinds }) => pattern.test(span.name) && (kinds as readonly string[]).includes(span.kind),
  );
  if (!known) problems.push(`"${span.name}" (${span.kind}) is not a span of the registry`);
  problems.push(...attributeProblems(span.attributes, `"${span.name}"`));
  for (const event of span.events) {
    if (!Object.hasOwn(events, event.name))
      problems.push(`"${span.name}" has an event "${event.name}", which is not in the registry`);
    problems.push(...attributeProblems(event.attributes, `event "${event.name}" of "${span.name}"`));
  }
  for (const link of span.links)
    problems.push(...attributeProblems(link.attributes, `a link of "${span.name}"`));
  return problems;
}

function attributeProblems(values: Values, where: string): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (Object.hasOwn(deprecatedAttributes, key)) {
      const successor = deprecatedAttributes[key as keyof typeof deprecatedAttributes];
      return [`${where} has the deprecated attribute "${key}"; it is ${successor} now`];
    }
    const definition = attributes[key as keyof typeof attributes] as { readonly type: string } | undefined;
    if (definition === undefined)
      return [`${where} has the attribute "${key}", which is not in the registry`];
    if (hasType(value, definition.type)) return [];
    return [`${where} has ${key} = ${JSON.stringify(value)}, which is no ${definition.type}`];
  });
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'int') return Number.isInteger(value);
  if (type === 'double') return typeof value === 'number';
  if (type === 'string[]') return Array.isArray(value) && value.every((one) => typeof one === 'string');
  return typeof value === type;
}
