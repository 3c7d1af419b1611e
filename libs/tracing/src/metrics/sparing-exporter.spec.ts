import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { SparingExporter } from './sparing-exporter.ts';
import { temporalityOf } from './temporality.ts';

const metrics = { resource: emptyResource(), scopeMetrics: [] };

function sparing(exporting: PushMetricExporter['export']) {
  const outcomes: (string | undefined)[] = [];
  const inner = { export: exporting, forceFlush: async () => {}, shutdown: async () => {} };
  const exporter = new SparingExporter(inner, temporalityOf('cumulative'), (error) =>
    outcomes.push(error?.message),
  );
  const sent = () => new Promise<ExportResult>((done) => exporter.export(metrics, done));
  return { exporter, outcomes, sent };
}

it.each<[string, PushMetricExporter['export'], string | undefined]>([
  ['succeeds', (_, done) => done({ code: ExportResultCode.SUCCESS }), undefined],
  ['fails', (_, done) => done({ code: ExportResultCode.FAILED, error: new Error('away') }), 'away'],
  ['fails without a word', (_, done) => done({ code: ExportResultCode.FAILED }), 'export failed'],
  [
    'throws',
    () => {
      throw new Error('broken');
    },
    'broken',
  ],
])('tells whoever reports, and not the reader, of an export that %s', async (_, exporting, outcome) => {
  const { outcomes, sent } = sparing(exporting);
  expect(await sent()).toEqual({ code: ExportResultCode.SUCCESS });
  expect(outcomes).toEqual([outcome]);
});

it('gives up an export that never ends, and hears no more of it', async () => {
  let answer: ((result: ExportResult) => void) | undefined;
  const { exporter, outcomes, sent } = sparing((_, done) => {
    answer = done;
  });
  const result = sent();
  exporter.hurry(1);
  expect(await result).toEqual({ code: ExportResultCode.SUCCESS });
  answer?.({ code: ExportResultCode.FAILED });
  expect(outcomes).toEqual([]);
});
