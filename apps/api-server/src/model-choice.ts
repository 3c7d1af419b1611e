import type { DeviceView } from './device-view.ts';
import { invalidRequest, unknownModel } from './domain/failure.ts';
import { chooseModel, servedIds, type ServedModel } from './domain/model-catalog.ts';
import { abortError, toRpcError } from './rpc-errors.ts';

/**
 * The model that a request means, or undefined where only the coordinator can say (it cannot be
 * reached, or knows no live device).
 *
 * The view may be a second old, so it alone turns nobody away: a model it does not know is looked
 * up once more.
 *
 * @throws RpcError NOT_FOUND or INVALID_ARGUMENT, naming the models that are served.
 */
export async function modelFor(
  view: Pick<DeviceView, 'catalog' | 'refresh'>,
  requested: string,
  signal: AbortSignal,
): Promise<ServedModel | undefined> {
  let choice = chooseModel(view.catalog, requested);
  if (choice.kind !== 'served') {
    const seen = await view.refresh();
    if (signal.aborted) throw abortError(signal);
    if (!seen) return undefined;
    choice = chooseModel(view.catalog, requested);
  }
  const served = servedIds(view.catalog);
  switch (choice.kind) {
    case 'served':
      return choice.model;
    case 'unknown':
      throw toRpcError(unknownModel(requested, served));
    case 'ambiguous': {
      const description = `is empty, and several models are served; name one of ${served.join(', ')}`;
      throw toRpcError(invalidRequest([{ field: 'model', description }]));
    }
    case 'none':
      return undefined;
  }
}
