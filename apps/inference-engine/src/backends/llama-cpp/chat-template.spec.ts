import { ConfigError } from '@ryzanstein/runtime';
import { createChatTemplate, TemplateRefusal } from './chat-template.ts';

const texts = { bos: '<s>', eos: '</s>' };
const chat = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hello' },
] as const;

describe('createChatTemplate', () => {
  it("renders the model's template", () => {
    const source =
      "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m['content'] | trim }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";
    expect(createChatTemplate(source, texts, 'x.gguf')(chat)).toBe(
      '<s>[system]Be brief.[user]Hello[assistant]',
    );
  });

  it('falls back to plain turns where the model has none', () => {
    expect(createChatTemplate(undefined, texts, 'x.gguf')(chat)).toBe(
      'System: Be brief.\nUser: Hello\nAssistant:',
    );
  });

  it('passes on what a template refuses', () => {
    const render = createChatTemplate("{{ raise_exception('user first') }}", texts, 'x.gguf');
    expect(() => render(chat)).toThrow(TemplateRefusal);
    expect(() => render(chat)).toThrow('user first');
  });

  it('refuses a template that cannot be parsed, naming the file', () => {
    expect(() => createChatTemplate('{% for %}', texts, 'x.gguf')).toThrow(ConfigError);
    expect(() => createChatTemplate('{% for %}', texts, 'x.gguf')).toThrow('x.gguf');
  });
});
