import fc from 'fast-check';
import type { GenerationRequest, PromptMessage } from './generation-request.ts';
import { checkContext, checkCountedPrompt, checkGeneration } from './validation.ts';

const question: PromptMessage = { role: 'user', content: 'What is the capital of Zorland?' };

function chat(messages: PromptMessage[], rest: Partial<GenerationRequest> = {}): GenerationRequest {
  return { model: 'tiny', stop: [], ...rest, prompt: { kind: 'chat', messages } };
}

function problems(request: GenerationRequest): string[] {
  return checkGeneration(request).map(({ field, description }) => `${field} ${description}`);
}

describe('checkGeneration', () => {
  it('accepts an ordinary conversation', () => {
    const messages = [
      { role: 'system', content: '' },
      question,
      { role: 'assistant', content: '' },
      question,
    ];
    expect(problems(chat(messages))).toEqual([]);
  });

  it('takes a response format that an engine may take, and refuses what none would', () => {
    const of = (type: string, jsonSchema = ''): string[] =>
      problems(chat([question], { responseFormat: { type, jsonSchema } }));
    expect([of('text'), of('json_object'), of('json_schema', '{"type":"null"}')]).toEqual([[], [], []]);
    expect(of('xml')).toEqual(['response_format.type is "xml"; give "text", "json_object" or "json_schema"']);
    expect(of('json_schema', '{')).toEqual([
      'response_format.json_schema is not JSON; give a JSON Schema as JSON text',
    ]);
    expect(of('json_schema', ' '.repeat(20_000))).toEqual([
      'response_format.json_schema has 20000 characters; give at most 16384',
    ]);
    expect(of('text', '{}')).toEqual([
      'response_format.json_schema needs response_format.type "json_schema"',
    ]);
  });

  it('accepts every number at its bounds', () => {
    const least = { maxTokens: 1, temperature: 0, topP: Number.MIN_VALUE, topK: 0, seed: '0', priority: 0 };
    const most = {
      maxTokens: 1_000_000,
      temperature: 2,
      topP: 1,
      topK: 7,
      seed: String(2n ** 64n - 1n),
      priority: 9,
    };
    expect(problems(chat([question], least))).toEqual([]);
    expect(problems(chat([question], most))).toEqual([]);
  });

  it('names every problem at once, each with its mend', () => {
    const request = chat(
      [
        { role: 'tool', content: 'x' },
        { role: 'assistant', content: 'y' },
      ],
      {
        maxTokens: 0,
        temperature: Number.NaN,
        topP: 0,
        topK: -1,
        seed: '-1',
        priority: 10,
        stop: ['a', '', 'b'.repeat(129), 'c', 'd'],
      },
    );
    expect(problems(request)).toMatchInlineSnapshot(`
[
  "messages[0].role is "tool"; give "system", "user" or "assistant"",
  "messages[1].role is "assistant"; the last message must be from "user"",
  "max_tokens is 0; give a whole number from 1 to 1000000",
  "temperature is NaN; give a number from 0 to 2",
  "top_p is 0; give a number above 0 and up to 1",
  "top_k is -1; give a whole number, 0 or more",
  "priority is 10; give a whole number from 0 to 9",
  "seed is -1; give a whole number from 0 to 2^64 - 1",
  "stop has 5 texts; give at most 4",
  "stop[1] is empty; give 1 to 128 characters",
  "stop[2] has 129 characters; give 1 to 128 characters",
]
`);
  });

  it.each<[string, PromptMessage[], string[]]>([
    ['no message', [], ['messages is empty; give at least one message, the last one from "user"']],
    [
      'an empty question',
      [{ role: 'user', content: '' }],
      ['messages[0].content is empty; the last message must say something'],
    ],
    [
      'an unknown role in the last message, named once',
      [{ role: '', content: 'x' }],
      ['messages[0].role is empty; give "system", "user" or "assistant"'],
    ],
  ])('refuses %s', (_name, messages, expected) => {
    expect(problems(chat(messages))).toEqual(expected);
  });

  it('refuses an empty prompt', () => {
    expect(problems({ model: '', stop: [], prompt: { kind: 'text', text: '' } })).toEqual([
      'prompt is empty; give the text to continue',
    ]);
  });

  it('counts the length of a stop text in characters, not in UTF-16 units', () => {
    expect(problems(chat([question], { stop: ['🦉'.repeat(128)] }))).toEqual([]);
    expect(problems(chat([question], { stop: ['🦉'.repeat(129)] }))).toHaveLength(1);
  });

  it('never accepts a number outside its bounds, and never throws', () => {
    const number = fc.oneof(fc.double(), fc.integer());
    fc.assert(
      fc.property(number, number, number, number, number, (maxTokens, temperature, topP, topK, priority) => {
        const fields = checkGeneration(
          chat([question], { maxTokens, temperature, topP, topK, priority }),
        ).map(({ field }) => field);
        const whole = Number.isInteger;
        expect(fields.includes('max_tokens')).toBe(!(whole(maxTokens) && maxTokens >= 1 && maxTokens <= 1e6));
        expect(fields.includes('temperature')).toBe(!(temperature >= 0 && temperature <= 2));
        expect(fields.includes('top_p')).toBe(!(topP > 0 && topP <= 1));
        expect(fields.includes('top_k')).toBe(!(whole(topK) && topK >= 0 && topK < 2 ** 31));
        expect(fields.includes('priority')).toBe(!(whole(priority) && priority >= 0 && priority <= 9));
      }),
    );
  });
});

describe('checkContext', () => {
  const model = { id: 'tiny', contextLength: 512 };

  it('refuses more tokens than the model has context, with both numbers', () => {
    expect(checkContext(chat([question], { maxTokens: 513 }), model)).toEqual([
      {
        field: 'max_tokens',
        description: 'is 513; give less than the 512 tokens of context of tiny, prompt included',
      },
    ]);
  });

  it('leaves to the engine what depends on the prompt, or on a context it does not know', () => {
    expect(checkContext(chat([question], { maxTokens: 512 }), model)).toEqual([]);
    expect(checkContext(chat([question]), model)).toEqual([]);
    expect(checkContext(chat([question], { maxTokens: 900_000 }), { id: 'x', contextLength: 0 })).toEqual([]);
  });
});

describe('checkCountedPrompt', () => {
  it('wants one of the two inputs', () => {
    expect(checkCountedPrompt(undefined)).toEqual([
      { field: 'input', description: 'is absent; give either prompt or chat' },
    ]);
    expect(checkCountedPrompt({ kind: 'text', text: '' })).toEqual([]);
  });

  it('wants messages with known roles, but not a question at the end', () => {
    expect(checkCountedPrompt({ kind: 'chat', messages: [] })).toHaveLength(1);
    expect(checkCountedPrompt({ kind: 'chat', messages: [{ role: 'assistant', content: 'x' }] })).toEqual([]);
    expect(checkCountedPrompt({ kind: 'chat', messages: [{ role: 'robot', content: 'x' }] })).toEqual([
      { field: 'chat.messages[0].role', description: 'is "robot"; give "system", "user" or "assistant"' },
    ]);
  });
});
