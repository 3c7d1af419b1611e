import workspace from '../../jest.config.mjs';

/** What only a container engine can show: `npm run test:compose` starts one where none answers. */
export default {
  ...workspace,
  reporters: ['default'],
  rootDir: '../..',
  roots: ['<rootDir>/test/compose'],
  testPathIgnorePatterns: ['/node_modules/'],
  // One project at a time: they share the machine.
  maxWorkers: 1,
  testTimeout: 180_000,
};
