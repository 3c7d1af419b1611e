import { board } from '../board.ts';
import { graph, number, records } from '../panels.ts';
import { mean, mesh, quantile, rate } from '../promql.ts';

const edge = 'ryzanstein_ttft_seconds';
const engine = 'gen_ai_server_time_to_first_token_seconds';
const perToken = 'gen_ai_server_time_per_output_token_seconds';
const generation = 'gen_ai_server_request_duration_seconds';
const model = 'gen_ai_response_model';

/** How the model is served: first tokens, tokens, queue, batches, memory. */
export const serving = board(
  'ryzanstein-serving',
  'LLM serving',
  'First tokens at the edge and at the engine, tokens, queue, batches and KV cache.',
  [
    {
      title: 'Now',
      panels: [
        number(
          {
            title: 'First token, edge',
            about: 'Request in to first token out at api-server, 95th percentile.',
            unit: 's',
          },
          quantile(0.95, edge, ''),
        ),
        number(
          { title: 'First token, engine', about: 'Queue and prefill, 95th percentile.', unit: 's' },
          quantile(0.95, engine, ''),
        ),
        number(
          { title: 'Per token', about: 'Decode time for each token after the first, median.', unit: 's' },
          quantile(0.5, perToken, ''),
        ),
        number(
          { title: 'Output', about: 'Tokens generated each second.', unit: 'short' },
          `sum(rate(ryzanstein_tokens_total{${mesh}, ryzanstein_token_type="output"}[$__rate_interval]))`,
        ),
        number(
          { title: 'Waiting', about: 'Requests that wait in the engines.', unit: 'short' },
          `sum(ryzanstein_queue_depth{${mesh}})`,
        ),
        number(
          { title: 'KV cache', about: 'Share in use.', unit: 'percentunit' },
          `sum(ryzanstein_kv_cache_used{${mesh}}) / sum(ryzanstein_kv_cache_limit{${mesh}})`,
        ),
      ],
    },
    {
      title: 'First token',
      panels: [
        graph(
          {
            title: 'At the edge',
            about: 'What the caller sees: waiting for a lease, the engine’s part, and the way.',
            unit: 's',
          },
          { promql: quantile(0.5, edge, 'ryzanstein_model'), legend: 'median {{ryzanstein_model}}' },
          { promql: quantile(0.95, edge, 'ryzanstein_model'), legend: '95 % {{ryzanstein_model}}' },
          { promql: quantile(0.99, edge, 'ryzanstein_model'), legend: '99 % {{ryzanstein_model}}' },
        ),
        graph(
          { title: 'At the engine', about: 'Queue and prefill, of generations that succeeded.', unit: 's' },
          { promql: quantile(0.5, engine, model), legend: 'median {{gen_ai_response_model}}' },
          { promql: quantile(0.95, engine, model), legend: '95 % {{gen_ai_response_model}}' },
          { promql: quantile(0.99, engine, model), legend: '99 % {{gen_ai_response_model}}' },
        ),
      ],
    },
    {
      title: 'Tokens',
      panels: [
        graph(
          { title: 'Tokens', about: 'Each second, counted at the end of each generation.', unit: 'short' },
          {
            promql: rate('ryzanstein_tokens_total', 'ryzanstein_model, ryzanstein_token_type'),
            legend: '{{ryzanstein_model}} {{ryzanstein_token_type}}',
          },
        ),
        graph(
          { title: 'Time per output token', about: 'Decode time for each token after the first.', unit: 's' },
          { promql: quantile(0.5, perToken, model), legend: 'median {{gen_ai_response_model}}' },
          { promql: quantile(0.95, perToken, model), legend: '95 % {{gen_ai_response_model}}' },
        ),
        graph(
          { title: 'Generations', about: 'Each second, by how they ended.', unit: 'reqps' },
          { promql: rate(`${generation}_count`, 'error_type'), legend: '{{error_type}}' },
        ),
        graph(
          { title: 'Duration of generations', about: 'Arrival at the engine to last token.', unit: 's' },
          { promql: quantile(0.5, generation, model), legend: 'median {{gen_ai_response_model}}' },
          { promql: quantile(0.95, generation, model), legend: '95 % {{gen_ai_response_model}}' },
        ),
      ],
    },
    {
      title: 'Engine',
      panels: [
        graph(
          { title: 'Queue', about: 'Requests that wait in the engine.', unit: 'short' },
          {
            promql: `sum by (ryzanstein_model) (ryzanstein_queue_depth{${mesh}})`,
            legend: '{{ryzanstein_model}}',
          },
        ),
        graph(
          { title: 'Time in the queue', about: '95th percentile.', unit: 's' },
          {
            promql: quantile(0.95, 'ryzanstein_queue_duration_seconds', 'ryzanstein_model'),
            legend: '{{ryzanstein_model}}',
          },
        ),
        graph(
          { title: 'Batch', about: 'Sequences in a decode step, on average.', unit: 'short' },
          { promql: mean('ryzanstein_batch_size', 'ryzanstein_model'), legend: '{{ryzanstein_model}}' },
        ),
        graph(
          { title: 'KV cache', about: 'Tokens held, and that can be held.', unit: 'short' },
          {
            promql: `sum by (ryzanstein_model) (ryzanstein_kv_cache_used{${mesh}})`,
            legend: 'used {{ryzanstein_model}}',
          },
          {
            promql: `sum by (ryzanstein_model) (ryzanstein_kv_cache_limit{${mesh}})`,
            legend: 'limit {{ryzanstein_model}}',
          },
        ),
        records('Engine', 'Log records of the engines.', 'service.name:"ryzanstein-inference"'),
      ],
    },
  ],
);
