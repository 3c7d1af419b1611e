import { fingerprint, rememberPassed } from './passed-tree.mjs';

/** Tells `npm run check` that the whole of the tests has passed on these files. */
export default class PassedTreeReporter {
  constructor(globalConfig) {
    const { nonFlagArgs, testPathPatterns, testNamePattern, shard } = globalConfig;
    const { onlyChanged, onlyFailures, findRelatedTests } = globalConfig;
    const asked = [testNamePattern, shard, onlyChanged, onlyFailures, findRelatedTests];
    this.whole = nonFlagArgs.length === 0 && !testPathPatterns.isSet() && !asked.some(Boolean);
  }

  onRunStart() {
    // Taken before: what is edited while tests run was not tested.
    if (this.whole) this.tree = fingerprint();
  }

  onRunComplete(_contexts, { numFailedTestSuites, numPassedTests, numTotalTests, wasInterrupted }) {
    const all = numFailedTestSuites === 0 && numPassedTests === numTotalTests && !wasInterrupted;
    if (this.tree !== undefined && all && fingerprint() === this.tree)
      rememberPassed(this.tree, numPassedTests);
  }
}
