/* The chat page in a real browser on the live mesh: part of `npm run test:browser`. */
import assert from 'node:assert/strict';
import { gpuCoordinator } from '@ryzanstein/contracts';
import type { RunningMesh } from '@ryzanstein/launcher';
import { createRpcClient } from '@ryzanstein/rpc';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import {
  appears,
  check,
  each,
  read,
  rowsOf,
  score,
  text,
  until,
} from '../../tools/tracebox/test/browser-checks.ts';
import { findChromium, howToInstall } from '../../tools/tracebox/test/chromium.ts';
import { outline, storedSpans, until as eventually } from '../mesh/stored-trace.ts';
import { chatTree } from '../mesh/chat-tree.ts';
import { startChatMesh, type ChatMesh } from './chat-mesh.ts';

const settled = `document.querySelector('.source.stored') !== null`;
const ended = `document.querySelector('.turn:last-child .cursor') === null`;

/** The tree of telemetry.md as the page must show it: name and level, in order. */
const declared = chatTree('ChatStream')
  .replace('ryzanstein.api.v1.LlmService/ChatStream SERVER', 'POST /v1/chat/completions SERVER')
  .split('\n')
  .map((line) => ({
    level: (line.length - line.trimStart().length) / 2 + 1,
    name: line.trim().replace(/ (?:SERVER|CLIENT|INTERNAL) (\S+)$/, ', $1'),
  }));

const traceIdOf = (page: Page): Promise<string> => text(page, '.facts .ids:last-child dd');

async function ask(page: Page, prompt: string): Promise<void> {
  await until(page, `document.querySelector('select[name=model]')?.value !== ''`);
  await page.type('#prompt', prompt);
  await page.keyboard.press('Enter');
}

/** Chats beside the page's, with these request ids, until each has a device leased. */
async function holdDevices(mesh: RunningMesh, home: string, requestIds: readonly string[]): Promise<void> {
  const chats = requestIds.map((requestId) =>
    fetch(`${home}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': requestId },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Tell me a story.' }] }),
    }).then((answer) => answer.text()),
  );
  const coordinator = createRpcClient(gpuCoordinator, mesh.addresses.gpu.grpc);
  try {
    await eventually(
      async () => (await coordinator.ListDevices({})).devices.reduce((sum, { leased }) => sum + leased, 0),
      (leased) => leased === requestIds.length,
      10_000,
    );
  } finally {
    coordinator.close();
  }
  void Promise.allSettled(chats);
}

async function run(browser: Browser, { mesh, home, traces }: ChatMesh): Promise<void> {
  const complaints: string[] = [];
  const open = async (width = 1440): Promise<Page> => {
    const page = await browser.newPage();
    await page.setViewport({ width, height: 900 });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // Chromium itself notes each 404, which here says that no span is stored yet.
      if (message.type() === 'error' && !message.text().includes('404')) complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(home)) complaints.push(`left the origin: ${request.url()}`);
    });
    await page.goto(`${home}/chat`);
    return page;
  };
  const checkPage = (name: string, work: (page: Page) => Promise<string | void>, width?: number) =>
    check(name, async () => {
      const page = await open(width);
      try {
        return await work(page);
      } finally {
        await page.close();
      }
    });

  await checkPage('tokens arrive before the end, and the page draws what it sees', async (page) => {
    await page.evaluate(`{
      globalThis.seen = { lengths: new Set(), drawn: new Set(), dashed: new Set() };
      new MutationObserver(() => {
        const running = document.querySelector('.turn:last-child .cursor') !== null;
        if (!running) return;
        seen.lengths.add(document.querySelector('.turn:last-child .said.model').textContent.length);
        for (const row of document.querySelectorAll('.row.seen-here .op')) seen.dashed.add(row.textContent);
        for (const bar of document.querySelectorAll('.row.seen-here .length')) seen.drawn.add(bar.textContent);
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    }`);
    await ask(page, 'Tell me a long story about a fox.');
    await until(page, `document.querySelector('.turn') !== null && ${ended}`);
    const lengths = await read<number>(page, 'seen.lengths.size');
    assert.ok(lengths > 3, `the answer was seen at ${lengths} lengths`);
    const dashed = await read<string[]>(page, '[...seen.dashed].sort()');
    assert.deepEqual(dashed, ['POST /v1/chat/completions', 'tokens arrive', 'until the first token']);
    await until(page, settled);
    return `${lengths} lengths`;
  });

  await checkPage('the stored waterfall has exactly the declared spans, in order', async (page) => {
    await ask(page, 'What is a span?');
    await until(page, settled);
    const rows = await rowsOf(page);
    assert.deepEqual(
      rows.map(({ level, label }) => ({ level, name: label.replace(/, [^,]*$/, '') })),
      declared,
    );
    const spans = await storedSpans(traces.replace('http://', ''), await traceIdOf(page));
    const drawn = new Map(rows.map(({ id, label }) => [id, label]));
    assert.deepEqual(new Set(drawn.keys()), new Set(spans.map(({ spanId }) => spanId)));
    assert.match(await text(page, '.turn .after'), /\d+ tokens in, \d+ out · first after .* tokens\/s/);
    const link = await each(page, '.trace-title a', 'node.href');
    assert.deepEqual(link, [`${traces}/trace/${await traceIdOf(page)}`]);
  });

  await checkPage(
    'the next question is sent with what was said, and each turn keeps its trace',
    async (page) => {
      await ask(page, 'What is a span?');
      await until(page, settled);
      const first = await traceIdOf(page);
      const asked = page.waitForRequest((request) => request.url().endsWith('/v1/chat/completions'));
      await ask(page, 'Tell me more.');
      const body = JSON.parse((await asked).postData() ?? '') as { messages: { role: string }[] };
      assert.deepEqual(
        body.messages.map(({ role }) => role),
        ['user', 'assistant', 'user'],
      );
      await until(page, settled);
      assert.notEqual(await traceIdOf(page), first);
      await page.click('.turn:first-child .after button');
      await until(page, `document.querySelector('.facts .ids:last-child dd').textContent === '${first}'`);
      await until(page, settled);
    },
  );

  await checkPage('a wait leads to the requests that held the device', async (page) => {
    await until(page, `document.querySelector('select[name=model]')?.value !== ''`);
    await page.type('#prompt', 'What is a span?');
    // One runs and two wait in the engine; each longer than it takes to press a key.
    const requestIds = ['holder-1', 'holder-2', 'holder-3'];
    await holdDevices(mesh, home, requestIds);
    await page.keyboard.press('Enter');
    await until(page, settled);
    const wait = (await rowsOf(page)).find(({ label }) => label.startsWith('gpu.lease.wait'));
    assert.ok(wait !== undefined, 'it did not wait');
    await page.click(`#row-${wait.id}`);
    await appears(page, '.span-facts .links');
    const links = await each<{ text: string; href: string }>(
      page,
      '.span-facts .links a',
      '{ text: node.textContent, href: node.href }',
    );
    const named = links.map(({ text: said }) =>
      said.replace(/^⇄ request |, whose end let this one in$/g, ''),
    );
    assert.deepEqual(named.toSorted(), requestIds.toSorted());
    assert.match(links[0]?.text ?? '', /, whose end let this one in$/);
    for (const [index, { href }] of links.entries()) {
      assert.ok(href.startsWith(`${traces}/trace/`), href);
      const spans = await storedSpans(traces.replace('http://', ''), href.slice(-32));
      assert.ok(spans.every(({ attributes }) => attributes['request.id'] === named[index]));
    }
  });

  await checkPage('Stop cancels, and the trace shows it', async (page) => {
    await page.type('input[name=max_tokens]', '400');
    // The page itself presses the button, at the first words: the answer may be complete before a driver from outside can.
    await page.evaluate(`new MutationObserver((_changes, self) => {
      if ((document.querySelector('.said.model')?.textContent ?? '') === '') return;
      self.disconnect();
      document.querySelector('.composer .stop').click();
    }).observe(document.body, { subtree: true, childList: true, characterData: true })`);
    await ask(page, 'Tell me a short story about a bear.');
    await until(page, `document.querySelector('.after .badge')?.textContent === 'stopped by you'`);
    await until(page, settled);
    const spans = await storedSpans(traces.replace('http://', ''), await traceIdOf(page));
    const decode = spans.find(({ name }) => name === 'decode');
    assert.equal(decode?.attributes['ryzanstein.phase.truncated'], true, outline(spans));
    assert.deepEqual((await rowsOf(page)).length, spans.length);
  });

  await checkPage('a failure is told by its sentence, with its request id and trace', async (page) => {
    await page.type('input[name=temperature]', '7');
    await ask(page, 'Hi');
    await appears(page, '.turn .problem');
    assert.match(await text(page, '.turn .problem'), /temperature/);
    assert.match(await text(page, '.facts .ids dd'), /^[0-9a-f]{32}$/);
    await until(page, settled);
    assert.deepEqual(
      (await rowsOf(page)).map(({ label }) => label.split(',')[0]),
      ['POST /v1/chat/completions'],
    );
  });

  await checkPage('a store that is silent is told of, and asked again at a wish', async (page) => {
    let silent = true;
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      if (!silent || !request.url().includes('/chat/trace/')) return void request.continue();
      const body = JSON.stringify({ error: { message: 'The trace store cannot be reached.' } });
      void request.respond({ status: 502, contentType: 'application/json', body });
    });
    // What the page waits for takes a tenth of its time.
    await page.evaluate(
      `{ const now = performance.now.bind(performance); performance.now = () => 10 * now(); }`,
    );
    await ask(page, 'What is a span?');
    await until(page, `document.querySelector('.source.trouble button') !== null`);
    assert.equal(await text(page, '.source'), ' The trace store cannot be reached. Look again');
    assert.match(await text(page, '.turn .after'), /tokens in/);
    assert.deepEqual(
      (await rowsOf(page)).map(({ label }) => label.split(',')[0]),
      ['POST /v1/chat/completions', 'until the first token', 'tokens arrive'],
    );
    silent = false;
    await page.click('.source button');
    await until(page, settled);
    assert.equal((await rowsOf(page)).length, declared.length);
  });

  await checkPage('markup is text', async (page) => {
    const hostile = `<img src=x onerror="document.title='owned'"><b>bold</b>`;
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      if (!request.url().endsWith('/v1/chat/completions')) return void request.continue();
      const chunk = { choices: [{ delta: { content: hostile }, finish_reason: 'stop' }] };
      void request.respond({
        contentType: 'text/event-stream',
        body: `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`,
      });
    });
    await ask(page, hostile);
    await until(page, `document.querySelector('.turn') !== null && ${ended}`);
    assert.ok((await text(page, '.said.model')).endsWith(hostile));
    assert.equal(await read(page, `document.querySelectorAll('.said img, .said b').length`), 0);
    assert.equal(await read(page, 'document.title'), 'Chat – Ryzanstein');
  });

  await checkPage('a key is asked for where one is wanted, kept in the tab alone, and sent', async (page) => {
    let wanted = true;
    const keys: (string | undefined)[] = [];
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      if (!request.url().endsWith('/v1/models') || !wanted) return void request.continue();
      const { authorization } = request.headers();
      keys.push(authorization);
      if (authorization === 'Bearer sesame') return void request.continue();
      void request.respond({
        status: 401,
        contentType: 'application/json',
        body: JSON.stringify({ error: { message: 'An API key is needed.' } }),
      });
    });
    await page.reload();
    await appears(page, '#key');
    await page.type('#key', 'sesame');
    await page.keyboard.press('Enter');
    await until(page, `document.querySelector('select[name=model]').value !== ''`);
    assert.equal(keys.at(-1), 'Bearer sesame');
    assert.deepEqual(await read(page, 'Object.values(sessionStorage)'), ['sesame']);
    assert.equal(await read(page, 'localStorage.length'), 0);
    wanted = false;
  });

  await checkPage(
    'nothing runs over on a narrow screen, and every control has a name',
    async (page) => {
      await ask(page, 'What is a span?');
      await until(page, settled);
      assert.ok(await read<boolean>(page, 'document.documentElement.scrollWidth <= innerWidth'));
      const snapshot = JSON.stringify(await page.accessibility.snapshot({ interestingOnly: true }));
      for (const name of ['Your message', 'Model', 'Max tokens', 'Temperature', 'Seed', 'Send', 'Spans'])
        assert.ok(snapshot.includes(`"name":"${name}"`), `${name} is not named`);
    },
    390,
  );

  await check('no page complained, and none left its origin', async () => {
    // What the browser itself says of the answers that were to fail.
    const expected = /status of (?:400|401|502)/;
    assert.deepEqual(
      complaints.filter((line) => !expected.test(line)),
      [],
    );
  });
}

const executablePath = findChromium(process.env);
if (executablePath === undefined) throw new Error(howToInstall);
// Decodes begin late, so that what is to happen while tokens come happens then; and there are few devices to wait for.
const under = await startChatMesh({ RYZ_INJECT_DELAY: 'decode:500', RYZ_SLOTS: '1' });
const browser = await puppeteer.launch({
  executablePath,
  // Chromium's sandbox refuses to run as root, which is what a build's container often runs as.
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  await run(browser, under);
} finally {
  await browser.close();
  await under.mesh.stop();
}
console.log(`${score.passed} passed, ${score.failed} failed`);
if (score.failed > 0) process.exitCode = 1;
