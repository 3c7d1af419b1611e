import workspace from '../../jest.config.mjs';

/**
 * The mesh against the real Collector, Jaeger, Prometheus and Elasticsearch: one stack for all
 * suites, so they run one after the other, in this process.
 */
export default {
  ...workspace,
  reporters: ['default'],
  rootDir: '../..',
  roots: ['<rootDir>/test/stack'],
  testPathIgnorePatterns: ['/node_modules/'],
  testEnvironment: '<rootDir>/test/stack/stack-environment.mjs',
  globalSetup: '<rootDir>/test/stack/start-shared-stack.mjs',
  globalTeardown: '<rootDir>/test/stack/stop-shared-stack.mjs',
  maxWorkers: 1,
  testTimeout: 120_000,
};
