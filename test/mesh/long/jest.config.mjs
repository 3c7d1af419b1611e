import workspace from '../../../jest.config.mjs';

/** The live mesh under load, under failure and in every way out: minutes, and so not part of `npm test`. */
export default {
  ...workspace,
  reporters: ['default'],
  rootDir: '../../..',
  roots: ['<rootDir>/test/mesh/long'],
  testPathIgnorePatterns: ['/node_modules/'],
  // Each starts processes of its own, which two cores hold one set of.
  maxWorkers: 1,
  testTimeout: 120_000,
};
