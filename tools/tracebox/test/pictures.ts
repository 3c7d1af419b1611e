/* The pictures of docs/guide.md, of the page in a real browser: `npm run pictures`. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { startTracebox } from '../src/index.ts';
import { appears } from './browser-checks.ts';
import { failed, holder, now, waiter } from './browser-traces.ts';
import { findChromium, howToInstall } from './chromium.ts';
import { chatTrace } from './mesh-traces.ts';
import { postJson } from './otlp-client.ts';

const folder = join(import.meta.dirname, '../../../docs/images');
const maxBytes = 150_000;
const width = 1_200;

const executablePath = findChromium(process.env);
if (executablePath === undefined) throw new Error(howToInstall);

const free = '127.0.0.1:0';
const box = await startTracebox({
  grpcAddress: free,
  httpAddress: free,
  uiAddress: free,
  pageFolder: join(import.meta.dirname, '../dist/page'),
});
const browser = await puppeteer.launch({
  executablePath,
  // Chromium's sandbox refuses to run as root, which is what a build's container often runs as.
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});

async function picture(name: string, path: string, shown: string, height: number): Promise<void> {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  await page.goto(`http://${box.addresses.ui}${path}`);
  await appears(page, shown);
  const file = join(folder, `${name}.png`) as `${string}.png`;
  await page.screenshot({ path: file });
  await page.close();
  const { size } = statSync(file);
  if (size > maxBytes) throw new Error(`${name}.png has ${size} bytes; ${maxBytes} are allowed`);
  console.log(`${name}.png: ${size} bytes`);
}

try {
  mkdirSync(folder, { recursive: true });
  const others = Array.from({ length: 5 }, (_, at) =>
    chatTrace(`other-${at}`, now - 20_000 - at * 7_000, { tokens: 8 + at * 11 }),
  );
  for (const { request } of [holder, waiter, failed, ...others]) await postJson(box, 'traces', request);
  await picture('trace-search', '/', '.traces a.trace', 640);
  const chat = waiter.spanIds.chat ?? '';
  await picture('trace-waterfall', `/trace/${waiter.traceId}?span=${chat}`, '.detail .attributes', 760);
} finally {
  await browser.close();
  await box.stop();
}
