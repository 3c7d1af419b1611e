import type { FastifyInstance } from 'fastify';
import type { Embeddings } from '../embedding.ts';
import { readEmbeddingBody, vectorAs } from './embedding-body.ts';
import type { Serve } from './http-edge.ts';

export interface EmbeddingRoutesDeps {
  readonly embeddings: Embeddings;
  readonly serve: Serve;
}

/** `/v1/embeddings`. */
export function addEmbeddingRoutes(app: FastifyInstance, { embeddings, serve }: EmbeddingRoutesDeps): void {
  app.post('/v1/embeddings', async (request, reply) => {
    const { format, ...asked } = readEmbeddingBody(request.body);
    return serve(request, reply, false, async (caller) => {
      const { model, vectors, promptTokens } = await embeddings.embed(asked, caller);
      return {
        object: 'list',
        data: vectors.map((vector, index) => ({
          object: 'embedding',
          index,
          embedding: vectorAs(format, vector),
        })),
        model,
        usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
      };
    });
  });
}
