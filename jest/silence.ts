import { format } from 'node:util';

// Console output of a test is output that a user would see unasked: it fails the test.
const written: string[] = [];
const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;

beforeAll(() => {
  for (const method of methods) {
    console[method] = (...args: unknown[]) => {
      written.push(`console.${method}: ${format(...args)}`);
    };
  }
});

afterEach(() => {
  const lines = written.splice(0);
  if (lines.length > 0) throw new Error(`unexpected console output:\n${lines.join('\n')}`);
});
