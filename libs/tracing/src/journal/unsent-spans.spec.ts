import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { SpanJournal } from './span-journal.ts';
import { unsentSpans } from './unsent-spans.ts';

it('tells spans that have not ended from those that were not sent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  const journal = new SpanJournal(folder, 'shop', {}, 10);
  const provider = new TracerProvider({ spanProcessors: [journal] });
  try {
    const tracer = provider.getTracer('test');
    const [open, ended, sent] = ['open', 'ended', 'sent'].map((name) => tracer.startSpan(name));
    await Promise.resolve();
    ended?.end();
    sent?.end();
    journal.settle(sent === undefined ? [] : [sent.spanContext()]);
    expect(unsentSpans(folder)).toEqual([
      expect.objectContaining({ name: 'open', spanId: open?.spanContext().spanId, ended: false }),
      expect.objectContaining({ name: 'ended', ended: true }),
    ]);
  } finally {
    journal.close();
    await provider.shutdown();
    rmSync(folder, { recursive: true });
  }
});
