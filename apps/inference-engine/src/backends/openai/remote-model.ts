import { RpcError } from '@ryzanstein/rpc';
import { ConfigError } from '@ryzanstein/runtime';
import { countOf, fieldsOf, type Fields } from './answer-piece.ts';
import { CallFailure } from './call-failure.ts';
import { dialectOf, type Dialect } from './dialect.ts';
import type { CallOptions, RemoteApi } from './remote-api.ts';

/** The model that a server runs, as far as it tells. */
export interface RemoteModel {
  readonly name: string;
  readonly dialect: Dialect;
  /** Tokens of one sequence; absent where it does not say. */
  readonly contextTokens: number | undefined;
}

/**
 * Asks a server for its model: the one of that name, else its only one.
 *
 * @throws ConfigError where it is no such server, or has no such model, or several
 * @throws CallFailure where it does not answer, which may pass
 */
export async function readModel(
  api: RemoteApi,
  wanted: string | undefined,
  options: CallOptions,
): Promise<RemoteModel> {
  const models = await listModels(api, options);
  const names = models.map(({ id }) => id).join(', ');
  const [first] = models;
  if (first === undefined) throw new CallFailure(noModel(), { mayPass: true });
  const found = wanted === undefined ? first : models.find(({ id }) => id === wanted);
  if (found === undefined)
    throw new ConfigError([
      `RYZ_OPENAI_MODEL=${JSON.stringify(wanted)} is no model of the server at ${api.server}; it has ${names}.`,
    ]);
  if (wanted === undefined && models.length > 1)
    throw new ConfigError([
      `The server at ${api.server} has several models; name one with RYZ_OPENAI_MODEL: ${names}.`,
    ]);
  const dialect = dialectOf(found.fields);
  return { name: found.id, dialect, contextTokens: await contextOf(api, found.fields, dialect, options) };
}

/** Whether a server still lists a model. */
export async function listsModel(api: RemoteApi, name: string, options: CallOptions): Promise<boolean> {
  return (await listModels(api, options)).some(({ id }) => id === name);
}

async function listModels(
  api: RemoteApi,
  options: CallOptions,
): Promise<readonly { readonly id: string; readonly fields: Fields }[]> {
  let answer: unknown;
  try {
    answer = await api.get('/models', options);
  } catch (reason) {
    if (!(reason instanceof CallFailure)) throw reason;
    if (reason.status === 404)
      throw new ConfigError([
        `The server at ${api.server} has no list of models at RYZ_OPENAI_URL; the URL is that of its API, which mostly ends with /v1.`,
      ]);
    if (reason.status === 401 || reason.status === 403)
      throw new ConfigError([
        `The server at ${api.server} wants a key, or another one; name a file with it in RYZ_OPENAI_API_KEY_FILE.`,
      ]);
    throw reason;
  }
  const { data } = fieldsOf(answer);
  if (!Array.isArray(data))
    throw new ConfigError([
      `The server at ${api.server} answers /models with no list of models; RYZ_OPENAI_URL is to be that of an OpenAI API.`,
    ]);
  return data.flatMap((one: unknown) => {
    const fields = fieldsOf(one);
    return typeof fields['id'] === 'string' ? [{ id: fields['id'], fields }] : [];
  });
}

async function contextOf(
  api: RemoteApi,
  model: Fields,
  dialect: Dialect,
  options: CallOptions,
): Promise<number | undefined> {
  const meta = fieldsOf(model['meta']);
  const told = [model['max_model_len'], model['context_length'], meta['n_ctx']]
    .map(countOf)
    .find((count) => count !== undefined && count > 0);
  if (told !== undefined || dialect.tokenizer !== 'llama-server') return told;
  // llama-server tells of its slots elsewhere, and may be told not to.
  const props = await api.get('//props', options).catch(() => undefined);
  const n = countOf(fieldsOf(fieldsOf(props)['default_generation_settings'])['n_ctx']);
  return n === 0 ? undefined : n;
}

function noModel(): RpcError {
  return new RpcError('UNAVAILABLE', 'The server that runs the model has none yet.');
}
