import type { FastifyInstance } from 'fastify';
import { unknownModel } from '../domain/failure.ts';
import type { ModelQueries } from '../model-queries.ts';
import { toRpcError } from '../rpc-errors.ts';
import type { Serve } from './http-edge.ts';

export interface ModelRoutesDeps {
  readonly models: Pick<ModelQueries, 'list'>;
  readonly serve: Serve;
}

/** `/v1/models`, all and one by its name. */
export function addModelRoutes(app: FastifyInstance, { models, serve }: ModelRoutesDeps): void {
  app.get('/v1/models', (request, reply) =>
    serve(request, reply, false, async () => ({
      object: 'list',
      data: (await models.list()).map(({ id }) => modelObject(id)),
    })),
  );
  // Names may hold slashes, as those of model hubs do.
  app.get<{ Params: { readonly '*': string } }>('/v1/models/*', (request, reply) =>
    serve(request, reply, false, async () => {
      const id = request.params['*'];
      const served = (await models.list()).map((model) => model.id);
      if (served.includes(id)) return modelObject(id);
      throw toRpcError(unknownModel(id, served));
    }),
  );
}

// The mesh does not know when a model was made, and nobody but the operator owns it.
function modelObject(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'ryzanstein' };
}
