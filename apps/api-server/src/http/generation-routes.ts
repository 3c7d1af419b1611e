import { RpcError } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import type { FastifyInstance } from 'fastify';
import type { Generation } from '../generation.ts';
import { EventStream } from './event-stream.ts';
import { readChatBody, readCompletionBody, type GenerationBody } from './generation-body.ts';
import type { HttpEdgeOptions, Serve } from './http-edge.ts';
import { openAiError } from './openai-error.ts';
import { chatReplies, completionReplies, type ReplyShape } from './openai-replies.ts';

export interface GenerationRoutesDeps {
  readonly clock: Clock;
  readonly generation: Generation;
  readonly serve: Serve;
  readonly onBrokenOff: HttpEdgeOptions['onBrokenOff'];
}

/** `/v1/chat/completions` and `/v1/completions`, whole and streamed. */
export function addGenerationRoutes(
  app: FastifyInstance,
  { clock, generation, serve, onBrokenOff }: GenerationRoutesDeps,
): void {
  function add(path: string, read: (body: unknown) => GenerationBody, shape: ReplyShape): void {
    app.post(path, async (request, reply) => {
      const { request: asked, stream, includeUsage } = read(request.body);
      const createdS = Math.floor(clock.epochMs() / 1_000);
      if (!stream)
        return serve(request, reply, false, async (caller) =>
          shape.whole(await generation.collect(asked, caller), createdS),
        );
      const events = new EventStream(reply.raw, clock);
      try {
        await serve(request, reply, true, async (caller) => {
          const pieces = generation.stream(asked, caller, shape.pieces(createdS, includeUsage));
          for await (const piece of pieces) await events.send(piece);
        });
        reply.hijack();
        events.finish();
      } catch (reason) {
        if (!events.begun) throw reason;
        reply.hijack();
        const { status, body } = openAiError(reason);
        if (status >= 500) onBrokenOff?.(request.raw, RpcError.from(reason).code);
        events.fail(body);
      } finally {
        events.rest();
      }
      return reply;
    });
  }

  add('/v1/chat/completions', readChatBody, chatReplies);
  add('/v1/completions', readCompletionBody, completionReplies);
}
