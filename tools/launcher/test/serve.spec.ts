import { serveCommand } from '../src/serve-command.ts';

function serve(args: readonly string[]) {
  let text = '';
  const code = serveCommand(args, { env: {}, output: { write: (piece) => (text += piece) }, process });
  return code.then((exitCode) => ({ exitCode, text }));
}

describe('npm run serve', () => {
  it.each([
    [[], 'Name what to run'],
    [['nobody'], 'There is no "nobody"'],
    [['tracebox', 'api-server'], 'There is no "tracebox api-server"'],
  ])('with %p names what there is', async (args, wrong) => {
    expect(await serve(args)).toEqual({
      exitCode: 2,
      text: `${wrong}: npm run serve -- <app>, where <app> is one of tracebox, gpu-coordinator, inference-engine, api-server.\n`,
    });
  });

  it('explains itself', async () => {
    expect(await serve(['--help'])).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('Usage: npm run serve'),
    });
  });
});
