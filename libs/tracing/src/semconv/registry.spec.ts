import { attributes, metrics, spans } from '../semconv.ts';
import type { AttributeDefinition, AttributeType } from './registry.ts';

const entries = Object.entries<AttributeDefinition>(attributes);

function isOfType(example: string, type: AttributeType): boolean {
  if (type === 'int') return /^-?\d+$/.test(example);
  if (type === 'double') return /^-?\d+(\.\d+)?$/.test(example);
  if (type === 'boolean') return example === 'true' || example === 'false';
  if (type === 'string[]') return (JSON.parse(example) as unknown[]).every((one) => typeof one === 'string');
  return example !== '';
}

it('has for each attribute an example of its type, and a unit where its name has one', () => {
  const wrong = entries.filter(
    ([key, { example, type, unit }]) =>
      !isOfType(example, type) ||
      key.endsWith('_ms') !== (unit === 'ms') ||
      (unit !== undefined && type === 'string'),
  );
  expect(wrong).toEqual([]);
});

it('has blanks in examples of what people write alone', () => {
  const worded = entries.filter(([, { example, type }]) => type === 'string' && /\s/.test(example));
  expect(worded.filter(([, { words }]) => words !== true)).toEqual([]);
});

it("requires the guide's seven on a chat", () => {
  const required = entries.filter(([, { requiredOn }]) => requiredOn?.includes('chat')).map(([key]) => key);
  expect(required).toEqual(
    expect.arrayContaining([
      'ryzanstein.model',
      'ryzanstein.tokens.input',
      'ryzanstein.tokens.output',
      'ryzanstein.latency.prefill_ms',
      'ryzanstein.latency.decode_ms',
      'ryzanstein.gpu.id',
      'ryzanstein.batch.size',
    ]),
  );
});

it('tells spans apart by their names and kinds', () => {
  const examples = [
    ['ryzanstein.api.v1.LlmService/Chat', 'SERVER', 'rpcServer'],
    ['ryzanstein.api.v1.LlmService/Chat', 'CLIENT', 'rpcClient'],
    ['POST /v1/chat/completions', 'SERVER', 'httpEdge'],
    ['chat bitnet-7b', 'INTERNAL', 'chat'],
    ['embeddings bitnet-7b', 'INTERNAL', 'embeddings'],
    ['queue', 'INTERNAL', 'queue'],
  ] as const;
  for (const [name, kind, key] of examples) {
    const matching = Object.entries(spans).filter(
      ([, { pattern, kinds }]) => pattern.test(name) && (kinds as readonly string[]).includes(kind),
    );
    expect(matching.map(([found]) => found)).toEqual([key]);
  }
});

it('labels no metric with what differs from request to request', () => {
  const labels = Object.entries(metrics).flatMap(([name, definition]) =>
    definition.labels.map((label: string) => [name, label] as const),
  );
  const known = attributes as Readonly<Record<string, AttributeDefinition>>;
  expect(labels.filter(([, label]) => known[label]?.cardinality === 'request')).toEqual([]);
});
