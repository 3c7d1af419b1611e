import { promises } from './hostile-promises.ts';

const numRuns = 400;

it.each(promises)('$title', ({ refute }) => {
  expect(refute({ numRuns })).toBeUndefined();
});
