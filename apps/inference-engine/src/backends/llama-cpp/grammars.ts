import type { Llama, LlamaGrammar, LlamaGrammarEvaluationState, LlamaModel } from 'node-llama-cpp';
import type { JsonFormat } from '../../domain/response-format.ts';

/** Distinct forms whose grammars are kept, the last used ones. */
const kept = 32;

// The library's rules let a text go on with line ends after its value, for models that do not end by
// themselves. Without them nothing but the end of the text can follow the value, so that it comes there.
const trailer = / "(?:\\n){4}" \[\\n\]\*$/m;
// An exponent can make a whole number a broken one, or a number infinite.
const exponent = / \(\[eE\] \[-\+\]\? \("0" \| \[1-9\] \[0-9\]\{0,15\}\)\)\?/g;

/** The grammars of the forms that were asked for last, each made once. */
export class Grammars {
  readonly #llama: Llama;
  readonly #newState: (grammar: LlamaGrammar) => LlamaGrammarEvaluationState;
  /** Least recently used first. */
  readonly #made = new Map<string, LlamaGrammar>();

  constructor(llama: Llama, model: LlamaModel, State: typeof LlamaGrammarEvaluationState) {
    this.#llama = llama;
    this.#newState = (grammar) => new State({ model, grammar });
  }

  /** Makes a form's grammar where there is none yet. Rejects where llama.cpp does not take it. */
  async prepare({ key, schema }: JsonFormat): Promise<LlamaGrammar> {
    const made = this.#made.get(key);
    if (made !== undefined) {
      this.#made.delete(key);
      this.#made.set(key, made);
      return made;
    }
    const { grammar } = await this.#llama.createGrammarForJsonSchema(schema as { type: 'object' });
    const strict = grammar.replace(trailer, '').replaceAll(exponent, '');
    const own = await this.#llama.createGrammar({ grammar: strict });
    this.#made.set(key, own);
    for (const oldest of this.#made.keys()) if (this.#made.size > kept) this.#made.delete(oldest);
    return own;
  }

  /** Where a new text of that form stands; each sequence needs its own. */
  async begin(format: JsonFormat): Promise<LlamaGrammarEvaluationState> {
    return this.#newState(await this.prepare(format));
  }
}
