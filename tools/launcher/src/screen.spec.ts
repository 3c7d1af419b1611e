import { createScreen } from './screen.ts';

function screenOn(env: Record<string, string> = {}, terminal: { isTTY?: boolean; columns?: number } = {}) {
  let text = '';
  const screen = createScreen({ write: (piece) => (text += piece), ...terminal }, env);
  return { screen, text: () => text };
}

describe('the screen', () => {
  it('keeps what happens meanwhile out of a streamed answer', () => {
    const { screen, text } = screenOn();
    screen.notice('before');
    screen.stream('A span ');
    screen.notice('meanwhile');
    screen.stream('is');
    screen.line();
    screen.notice('after');
    expect(text()).toBe('before\nA span is\nmeanwhile\nafter\n');
  });

  it('shows steps in columns', () => {
    const { screen, text } = screenOn();
    screen.step('tracebox', 412, 'ui localhost:16686');
    screen.step('healthy', 12_345);
    expect(text()).toBe('  tracebox            0.4 s  ui localhost:16686\n  healthy            12.3 s\n');
  });

  it.each([
    [{}, { isTTY: true, columns: 80 }, true, 80],
    [{ NO_COLOR: '1' }, { isTTY: true, columns: 20 }, false, 40],
    [{ TERM: 'dumb' }, { isTTY: true }, false, 100],
    [{ FORCE_COLOR: '1', COLUMNS: '132' }, {}, true, 132],
    [{}, {}, false, 100],
  ])('with %p on %p has colours: %p, columns: %p', (env, terminal, colors, width) => {
    const { screen } = screenOn(env, terminal);
    expect([screen.hasColors, screen.width]).toEqual([colors, width]);
  });
});
