/* The page in a real browser: `npm run test:browser -w tools/tracebox`. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { startTracebox, type Tracebox } from '../src/index.ts';
import { findChromium } from './chromium.ts';
import { chatTrace, logRequest, traceOf, type MadeSpan, type MadeTrace } from './mesh-traces.ts';
import { postJson } from './otlp-client.ts';

const pageFolder = join(import.meta.dirname, '../dist/page');
const waitMs = 10_000;
const storedTraces = 1_000;
const openWithinMs = 500;
const searchWithinMs = 100;

interface Row {
  id: string;
  level: number;
  label: string;
}

const now = Date.now();
const holder = chatTrace('holder', now - 5_000);
const waiter = chatTrace('waiter', now - 4_000, {
  waitMs: 80,
  behind: [{ traceId: holder.traceId, spanId: holder.spanIds.acquired ?? '', requestId: 'req-holder' }],
});
const failed = chatTrace('failed', now - 3_000, { error: 'UNAVAILABLE' });
const hostileText = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';
const hostile = traceOf('hostile', now - 2_000, [
  {
    key: 'a',
    service: `evil${hostileText}`,
    name: hostileText,
    kind: 2,
    startMs: 0,
    endMs: 20,
    error: hostileText,
    attributes: {
      [hostileText]: hostileText,
      href: 'javascript:window.harmed=1',
      list: [hostileText, hostileText],
    },
    events: [{ name: hostileText, atMs: 5, attributes: { [hostileText]: hostileText } }],
    links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), attributes: { k: hostileText } }],
  },
]);
const orphan = traceOf('orphan', now - 1_000, [
  {
    key: 'child',
    parent: 'absent',
    service: 'ryzanstein-inference',
    name: 'orphaned',
    kind: 1,
    startMs: 3,
    endMs: 9,
  },
  {
    key: 'grandchild',
    parent: 'child',
    service: 'ryzanstein-inference',
    name: 'below it',
    kind: 1,
    startMs: 4,
    endMs: 6,
  },
]);
const wide = traceOf('wide', now - 1_500, [
  { key: 'root', service: 'wide', name: 'wide root', kind: 2, startMs: 0, endMs: 3_000 },
  ...Array.from({ length: 3_000 }, (_, at): MadeSpan => ({
    key: `s${at}`,
    parent: 'root',
    service: 'wide',
    name: `step ${at}`,
    kind: 1,
    startMs: at,
    endMs: at + 1,
  })),
]);

let passed = 0;
let failedChecks = 0;

async function check(name: string, work: () => Promise<string | void>): Promise<void> {
  try {
    const note = await work();
    passed += 1;
    console.log(`ok    ${name}${note ? ` (${note})` : ''}`);
  } catch (error) {
    failedChecks += 1;
    console.log(`FAIL  ${name}\n${error instanceof Error ? error.message : String(error)}`);
  }
}

const text = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, (node) => node.textContent ?? '');
const appears = (page: Page, selector: string) => page.waitForSelector(selector, { timeout: waitMs });
const until = (page: Page, condition: string) => page.waitForFunction(condition, { timeout: waitMs });
const rowsOf = (page: Page): Promise<Row[]> =>
  page.$$eval('[role=treeitem]', (rows) =>
    rows.map((row) => ({
      id: row.id.replace('row-', ''),
      level: Number(row.getAttribute('aria-level')),
      label: row.getAttribute('aria-label') ?? '',
    })),
  );
const tracesShown = (page: Page): Promise<string[]> =>
  page.$$eval('.traces a.trace', (links) =>
    links.map((link) => link.getAttribute('href')?.split('/')[2] ?? ''),
  );

/** The tree that the declared spans make, depth first in order of start. */
function declaredRows(made: MadeTrace): { id: string; level: number }[] {
  const below = (parent: string | undefined, level: number): { id: string; level: number }[] =>
    made.spans
      .filter((span) => span.parent === parent)
      .toSorted((a, b) => a.startMs - b.startMs)
      .flatMap((span) => [{ id: made.spanIds[span.key] ?? '', level }, ...below(span.key, level + 1)]);
  return below(undefined, 1);
}

async function fill(page: Page, values: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(values))
    if (name === 'service') {
      await until(
        page,
        `[...document.querySelectorAll('.filters option')].some(({ value }) => value === '${value}')`,
      );
      await page.select('.filters select[name=service]', value);
    } else await page.type(`.filters input[name=${name}]`, value);
  await Promise.all([
    until(page, `location.pathname === '/search'`),
    page.click('.filters button[type=submit]'),
  ]);
}

async function run(browser: Browser, box: Tracebox): Promise<void> {
  const home = `http://${box.addresses.ui}`;
  const complaints: string[] = [];
  const open = async (path: string): Promise<Page> => {
    const page = await browser.newPage();
    await page.setViewport({ width: 1440, height: 900 });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('404')) complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(home)) complaints.push(`left the origin: ${request.url()}`);
    });
    await page.goto(home + path);
    return page;
  };

  await check('an empty store says where to send spans, and shows the first trace by itself', async () => {
    const page = await open('/');
    await appears(page, '.empty dl');
    assert.ok((await text(page, '.empty')).includes(box.addresses.otlpGrpc));
    await postJson(box, 'traces', holder.request);
    await appears(page, '.traces a.trace');
    assert.deepEqual(await tracesShown(page), [holder.traceId]);
    await page.close();
  });

  for (let from = 0; from < storedTraces; from += 50) {
    const resourceSpans = Array.from({ length: 50 }, (_, at) => from + at).flatMap(
      (at) =>
        chatTrace(`bulk-${at}`, now - 60_000 - at * 40, { tokens: 5 + (at % 30) }).request.resourceSpans,
    );
    await postJson(box, 'traces', { resourceSpans });
  }
  for (const { request } of [waiter, failed, hostile, wide, orphan]) await postJson(box, 'traces', request);
  const spanId = failed.spanIds.chat ?? '';
  await postJson(
    box,
    'logs',
    logRequest('ryzanstein-inference', [
      {
        traceId: failed.traceId,
        spanId,
        epochMs: now - 2_950,
        severity: 'ERROR',
        message: 'the device went away',
        attributes: { device: 0 },
      },
      {
        traceId: failed.traceId,
        spanId: failed.spanIds.root ?? '',
        epochMs: now - 2_999,
        message: 'chat accepted',
      },
      {
        traceId: hostile.traceId,
        spanId: hostile.spanIds.a ?? '',
        epochMs: now - 1_990,
        message: hostileText,
        attributes: { [hostileText]: hostileText },
      },
    ]),
  );

  await check('the newest traces are listed first', async () => {
    const page = await open('/');
    await appears(page, '.traces a.trace');
    const shown = await tracesShown(page);
    assert.equal(shown.length, 20);
    assert.deepEqual(
      shown.slice(0, 5),
      [orphan, wide, hostile, failed, waiter].map(({ traceId }) => traceId),
    );
    assert.equal(await page.$$eval('.traces li:nth-child(4) .mini rect', (bars) => bars.length), 11);
    await page.close();
  });

  const filters: [string, Record<string, string>, string[]][] = [
    ['service and operation', { service: 'ryzanstein-gpu', operation: 'gpu.lease.wait' }, [waiter.traceId]],
    ['attribute', { attribute: 'ryzanstein.lease.id=lease-failed' }, [failed.traceId]],
    ['request id', { requestId: 'req-waiter' }, [waiter.traceId]],
    ['duration', { minDuration: '2s' }, [wide.traceId]],
  ];
  for (const [what, values, expected] of filters)
    await check(`filters by ${what}, in an address that can be shared`, async () => {
      const page = await open('/');
      await fill(page, values);
      await until(page, `document.querySelectorAll('.traces a.trace').length === ${expected.length}`);
      assert.deepEqual(await tracesShown(page), expected);
      const shared = await open(page.url().slice(home.length));
      await appears(shared, '.traces a.trace');
      assert.deepEqual(await tracesShown(shared), expected);
      const [name, value] = Object.entries(values)[0] ?? [];
      assert.equal(
        await shared.$eval(`.filters [name=${name}]`, (field) => (field as HTMLInputElement).value),
        value,
      );
      await Promise.all([shared.close(), page.close()]);
    });

  await check('filters by errors, and says so when nothing matches', async () => {
    const page = await open('/');
    await appears(page, '.filters input[name=errors]');
    await page.click('.filters input[name=errors]');
    await fill(page, {});
    await until(page, `document.querySelectorAll('.traces a.trace').length === 2`);
    assert.deepEqual(await tracesShown(page), [hostile.traceId, failed.traceId]);
    await fill(page, { requestId: 'nobody' });
    await until(page, `document.querySelector('.empty h1')?.textContent === 'No trace matches'`);
    await page.close();
  });

  await check(`a search answers within ${searchWithinMs} ms of ${storedTraces} traces`, async () => {
    const times: number[] = [];
    for (const parameters of [
      '',
      'requestId=req-bulk-900',
      'service=ryzanstein-gpu&attribute=ryzanstein.gpu.id%3D0',
      'errors=true',
      'attribute=no%3Dwhere',
    ]) {
      const fastest: number[] = [];
      for (let round = 0; round < 5; round++) {
        const begin = performance.now();
        await (await fetch(`${home}/api/tracebox/search?${parameters}`)).arrayBuffer();
        fastest.push(performance.now() - begin);
      }
      times.push(fastest.toSorted((a, b) => a - b)[2] ?? Infinity);
    }
    const slowest = Math.max(...times);
    assert.ok(slowest <= searchWithinMs, `${slowest.toFixed(1)} ms`);
    return `slowest of 5 queries, median of 5: ${slowest.toFixed(1)} ms`;
  });

  await check(`a waterfall is on screen within ${openWithinMs} ms of the click`, async () => {
    const page = await open('/');
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      await appears(page, `a.trace[href="/trace/${failed.traceId}"]`);
      const ms = await page.evaluate(async (href) => {
        const begin = performance.now();
        document.querySelector<HTMLElement>(`a.trace[href="${href}"]`)?.click();
        while (document.querySelectorAll('[role=treeitem]').length < 11)
          await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        return performance.now() - begin;
      }, `/trace/${failed.traceId}`);
      times.push(ms);
      await page.goBack();
    }
    const median = times.toSorted((a, b) => a - b)[2] ?? Infinity;
    assert.ok(median <= openWithinMs, `${median.toFixed(0)} ms`);
    await page.close();
    return `median of 5: ${median.toFixed(0)} ms`;
  });

  await check('the rows are the stored tree', async () => {
    const page = await open(`/trace/${waiter.traceId}`);
    await appears(page, '[role=treeitem]');
    const rows = await rowsOf(page);
    assert.deepEqual(
      rows.map(({ id, level }) => ({ id, level })),
      declaredRows(waiter),
    );
    assert.match(rows[0]?.label ?? '', /^ryzanstein\.api\.v1\.LlmService\/ChatStream, ryzanstein-api, /);
    const phases = await page.$$eval('.row .bar.phase', (bars) =>
      bars.map((bar) => bar.className.split(' ')[2]),
    );
    assert.deepEqual(phases, ['wait', 'queue', 'prefill', 'decode']);
    assert.equal(await page.$$eval('.row .tick', (ticks) => ticks.length), 1);
    assert.deepEqual(await page.$$eval('.spent li b', (parts) => parts.length), 5);
    await page.close();
  });

  await check('errors are marked', async () => {
    const page = await open(`/trace/${failed.traceId}?span=${spanId}`);
    await appears(page, '.detail .problem');
    assert.equal(await page.$$eval('.row.failed .mark', (marks) => marks.length), 5);
    assert.match(await text(page, '.detail .problem'), /UNAVAILABLE/);
    await page.close();
  });

  await check('a link leads to the linked span, and its reverse back', async () => {
    const page = await open(`/trace/${waiter.traceId}?span=${waiter.spanIds.wait}`);
    await appears(page, '.detail .links a');
    assert.match(await text(page, '.detail .links'), /its release let this one in/);
    await page.click('.detail .links a');
    await until(page, `location.pathname === '/trace/${holder.traceId}'`);
    await appears(page, `#row-${holder.spanIds.acquired}.selected`);
    assert.match(await text(page, '.detail'), /Linked from/);
    await page.click('.detail .links a');
    await appears(page, `#row-${waiter.spanIds.wait}.selected`);
    assert.ok(page.url().endsWith(`/trace/${waiter.traceId}?span=${waiter.spanIds.wait}`));
    await page.close();
  });

  await check('logs stand in order of time, on their span, and lead to it', async () => {
    const page = await open(`/trace/${failed.traceId}`);
    await appears(page, '.logs li');
    assert.deepEqual(await page.$$eval('.logs .message', (lines) => lines.map((line) => line.textContent)), [
      'chat accepted',
      'the device went away',
    ]);
    assert.equal(await page.$$eval(`#row-${spanId} .log-dot.error`, (dots) => dots.length), 1);
    await page.click('.logs li:nth-child(2) button');
    await appears(page, `#row-${spanId}.selected`);
    assert.match(await text(page, '.detail .log-lines'), /the device went away.*device0/s);
    await page.close();
  });

  await check('a span without its parent stands below a mark', async () => {
    const page = await open(`/trace/${orphan.traceId}`);
    await appears(page, '.row.missing');
    assert.deepEqual(
      (await rowsOf(page)).map(({ level, label }) => [level, label.split(',')[0]]),
      [
        [1, 'Missing parent'],
        [2, 'orphaned'],
        [3, 'below it'],
      ],
    );
    await page.close();
  });

  await check('hostile values are shown as text and run nothing', async () => {
    const page = await open(`/trace/${hostile.traceId}?span=${hostile.spanIds.a}`);
    await appears(page, '.detail .attributes');
    assert.ok((await text(page, '.detail h2')).includes(hostileText));
    assert.ok((await text(page, '.detail .attributes')).includes(hostileText));
    await page.goto(`${home}/?`);
    await appears(page, '.traces');
    assert.ok((await text(page, '.traces')).includes(hostileText));
    assert.equal(await page.$$eval('main img, main script', (found) => found.length), 0);
    assert.equal(await page.evaluate(() => 'harmed' in window), false);
    assert.equal(await page.evaluate(() => document.querySelector('a[href^="javascript:"]')), null);
    const blocked = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.inlineRan = 1';
      document.body.append(script);
      await new Promise(requestAnimationFrame);
      return !('inlineRan' in window);
    });
    assert.ok(blocked, 'the policy lets inline scripts run');
    complaints.splice(
      0,
      complaints.length,
      ...complaints.filter((line) => !line.includes('Content Security Policy')),
    );
    await page.close();
  });

  await check('the keyboard reaches everything', async () => {
    const page = await open(`/trace/${waiter.traceId}`);
    await appears(page, '[role=treeitem]');
    await page.focus('[role=treeitem][tabindex="0"]');
    const focused = (): Promise<string> =>
      page.evaluate(() => document.activeElement?.id.replace('row-', '') ?? '');
    const arrives = (id: string | undefined) => until(page, `document.activeElement?.id === 'row-${id}'`);
    await page.keyboard.press('ArrowDown');
    await arrives(waiter.spanIds.acquire);
    await page.keyboard.press('ArrowLeft');
    await until(page, `document.querySelectorAll('[role=treeitem]').length === 10`);
    assert.equal(
      await page.$eval(`#row-${waiter.spanIds.acquire}`, (row) => row.getAttribute('aria-expanded')),
      'false',
    );
    await page.keyboard.press('ArrowRight');
    await until(page, `document.querySelectorAll('[role=treeitem]').length === 12`);
    await page.keyboard.press('End');
    await arrives(waiter.spanIds.released);
    await page.keyboard.press('ArrowLeft');
    await arrives(waiter.spanIds.release);
    await page.keyboard.press('Enter');
    await appears(page, '.detail');
    assert.equal(await focused(), waiter.spanIds.release);
    await page.keyboard.press('z');
    await appears(page, '.ruler button');
    await page.keyboard.press('Escape');
    await until(page, `document.querySelector('.detail') === null`);
    await page.keyboard.press('/');
    assert.equal(await focused(), 'jump');
    await page.keyboard.type(failed.traceId);
    await page.keyboard.press('Enter');
    await until(page, `location.pathname === '/trace/${failed.traceId}'`);
    await page.close();
  });

  await check('a trace that grows is drawn again by itself', async () => {
    const made = chatTrace('growing', Date.now());
    const [first, ...rest] = made.request.resourceSpans;
    const page = await open(`/trace/${made.traceId}`);
    await until(page, `document.querySelector('h1')?.textContent === 'Waiting for this trace'`);
    await postJson(box, 'traces', { resourceSpans: rest });
    await appears(page, '.row.missing');
    await postJson(box, 'traces', { resourceSpans: [first] });
    await until(page, `document.querySelectorAll('[role=treeitem]').length === 11`);
    assert.deepEqual(
      (await rowsOf(page)).map(({ id, level }) => ({ id, level })),
      declaredRows(made),
    );
    await page.close();
  });

  await check('a trace of three thousand spans is drawn where it is seen', async () => {
    const page = await open(`/trace/${wide.traceId}`);
    await appears(page, '[role=treeitem]');
    assert.ok((await page.$$('[role=treeitem]')).length < 200);
    await page.focus('[role=treeitem][tabindex="0"]');
    await page.keyboard.press('End');
    await until(page, `document.activeElement?.id === 'row-${wide.spanIds.s2999}'`);
    await page.close();
  });

  await check('dark mode follows the system, and a phone scrolls only down', async () => {
    const page = await open(`/trace/${failed.traceId}`);
    await appears(page, '[role=treeitem]');
    const paper = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
    assert.equal(await paper(), 'rgb(246, 246, 243)');
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
    assert.equal(await paper(), 'rgb(16, 18, 22)');
    await page.setViewport({ width: 390, height: 800 });
    for (const path of [`/trace/${failed.traceId}`, '/']) {
      await page.goto(home + path);
      await appears(page, '[role=treeitem], .traces a.trace');
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok((inner ?? 0) <= (outer ?? 0), `${path} is ${inner} wide on a screen of ${outer}`);
    }
    await page.close();
  });

  await check('no error, no violation of the policy, no request to elsewhere', async () => {
    assert.deepEqual(complaints, []);
  });
}

const executablePath = findChromium(process.env);
if (!existsSync(join(pageFolder, 'page.js')))
  throw new Error('The page is not built: run node build-page.mjs first.');
const free = '127.0.0.1:0';
const box = await startTracebox({ grpcAddress: free, httpAddress: free, uiAddress: free, pageFolder });
const browser = await puppeteer.launch({
  executablePath,
  // Chromium's sandbox refuses to run as root, which is what containers of a build are.
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  await run(browser, box);
} finally {
  await browser.close();
  await box.stop();
}
console.log(`${passed} passed, ${failedChecks} failed`);
process.exitCode = failedChecks === 0 ? 0 : 1;
