import type { Page } from 'puppeteer-core';
import type { MadeTrace } from './mesh-traces.ts';

/** Longest wait for what must appear. */
const waitMs = 10_000;

/** How many checks went which way. */
export const score = { passed: 0, failed: 0 };

/** Runs one check and says how it went; what it returns is added to the line. */
export async function check(name: string, work: () => Promise<string | void>): Promise<void> {
  try {
    const note = await work();
    score.passed += 1;
    console.log(`ok    ${name}${note ? ` (${note})` : ''}`);
  } catch (error) {
    score.failed += 1;
    console.log(`FAIL  ${name}\n${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Waits for an element. */
export const appears = (page: Page, selector: string) => page.waitForSelector(selector, { timeout: waitMs });

/** Waits until an expression is true in the page. */
export const until = (page: Page, condition: string) => page.waitForFunction(condition, { timeout: waitMs });

/** The value of an expression in the page; it must be plain data. */
export async function read<Value>(page: Page, expression: string): Promise<Value> {
  return (await page.evaluate(expression)) as Value;
}

/** An expression of `node` for every element that matches. */
export const each = <Value = string>(page: Page, selector: string, expression: string): Promise<Value[]> =>
  read(page, `[...document.querySelectorAll(${JSON.stringify(selector)})].map((node) => (${expression}))`);

/** How many elements match. */
export const count = (page: Page, selector: string): Promise<number> =>
  read(page, `document.querySelectorAll(${JSON.stringify(selector)}).length`);

/** The text of the first element that matches. */
export const text = async (page: Page, selector: string): Promise<string> =>
  (await each(page, selector, 'node.textContent'))[0] ?? '';

/** The lines of the waterfall: span, level in the tree, what a screen reader says. */
export const rowsOf = (page: Page): Promise<{ id: string; level: number; label: string }[]> =>
  each(
    page,
    '[role=treeitem]',
    `{ id: node.id.replace('row-', ''), level: Number(node.ariaLevel), label: node.ariaLabel }`,
  );

/** Ids of the listed traces. */
export const tracesShown = (page: Page): Promise<string[]> =>
  each(page, '.traces a.trace', `node.pathname.split('/')[2]`);

/** The tree that the declared spans make, depth first in order of start. */
export function declaredRows(made: MadeTrace): { id: string; level: number }[] {
  const below = (parent: string | undefined, level: number): { id: string; level: number }[] =>
    made.spans
      .filter((span) => span.parent === parent)
      .toSorted((a, b) => a.startMs - b.startMs)
      .flatMap((span) => [{ id: made.spanIds[span.key] ?? '', level }, ...below(span.key, level + 1)]);
  return below(undefined, 1);
}

/** Fills the filters in and sends them. */
export async function fill(page: Page, values: Record<string, string>): Promise<void> {
  await appears(page, '.filters button[type=submit]');
  for (const [name, value] of Object.entries(values))
    if (name === 'service') {
      await until(
        page,
        `[...document.querySelectorAll('.filters option')].some((o) => o.value === '${value}')`,
      );
      await page.select('.filters select[name=service]', value);
    } else await page.type(`.filters input[name=${name}]`, value);
  const before = page.url();
  await page.click('.filters button[type=submit]');
  await until(page, `location.href !== ${JSON.stringify(before)}`);
}
