/** One runner for the whole workspace: ES modules, as in production, transformed by swc. */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@ryzanstein/source', 'node', 'node-addons'] },
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/tools', '<rootDir>/test', '<rootDir>/deploy'],
  testMatch: ['**/src/**/*.spec.ts', '**/test/**/*.spec.ts', '**/deploy/**/*.spec.ts'],
  // Need the real Collector, Jaeger, Prometheus and Elasticsearch, and a container engine:
  // npm run test:stack, npm run test:compose. Or take minutes: npm run test:mesh. Or a server of
  // somebody else's: npm run test:foreign.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(stack|compose|foreign|mesh/long)/'],
  modulePathIgnorePatterns: ['/dist/', '/.nx/', '/.venv/'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript', tsx: true } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  setupFilesAfterEnv: ['<rootDir>/jest/silence.ts', '<rootDir>/jest/conventions.ts'],
  // So that `npm run check` need not repeat what has passed.
  reporters: ['default', '<rootDir>/jest/passed-tree-reporter.mjs'],
  testTimeout: 20_000,
  // A test that leaves a handle open keeps its worker alive and so fails the run's time limit;
  // `npm test` names such handles with --detectOpenHandles on request.
  maxWorkers: '100%',
};
