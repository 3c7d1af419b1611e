/* The picture of the chat page, in a real browser on the live mesh: part of `npm run pictures`. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { appears, until } from '../../tools/tracebox/test/browser-checks.ts';
import { findChromium, howToInstall } from '../../tools/tracebox/test/chromium.ts';
import { startChatMesh } from './chat-mesh.ts';

const file = join(import.meta.dirname, '../../docs/images/chat.png') as `${string}.png`;
const maxBytes = 150_000;

const executablePath = findChromium(process.env);
if (executablePath === undefined) throw new Error(howToInstall);
const { mesh, home } = await startChatMesh();
const browser = await puppeteer.launch({
  executablePath,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1_360, height: 720 });
  await page.goto(`${home}/chat`);
  let turns = 0;
  for (const prompt of ['What does the gpu-coordinator do?', 'What is a span?']) {
    await until(page, `document.querySelector('select[name=model]')?.value !== ''`);
    await page.type('#prompt', prompt);
    await page.keyboard.press('Enter');
    turns += 1;
    await until(page, `document.querySelectorAll('.turn').length === ${turns}`);
    await until(page, `document.querySelector('.cursor') === null`);
  }
  await appears(page, '.source.stored');
  await page.screenshot({ path: file });
  const { size } = statSync(file);
  if (size > maxBytes) throw new Error(`chat.png has ${size} bytes; ${maxBytes} are allowed`);
  console.log(`chat.png: ${size} bytes`);
} finally {
  await browser.close();
  await mesh.stop();
}
