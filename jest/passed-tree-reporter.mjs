import { fingerprint, rememberPassed } from './passed-tree.mjs';

/** Tells `npm run check` that the whole of the tests has passed on these files. */
export default class PassedTreeReporter {
  constructor(globalConfig) {
    const { nonFlagArgs, testNamePattern, shard, onlyChanged, onlyFailures, findRelatedTests } = globalConfig;
    this.whole =
      nonFlagArgs.length === 0 &&
      !testNamePattern &&
      !shard &&
      !onlyChanged &&
      !onlyFailures &&
      !findRelatedTests;
  }

  onRunStart() {
    // Taken before: what is edited while tests run was not tested.
    if (this.whole) this.tree = fingerprint();
  }

  onRunComplete(_contexts, { success, numPassedTests, numTotalTests, wasInterrupted }) {
    const all = success && !wasInterrupted && numPassedTests === numTotalTests;
    if (this.tree !== undefined && all && fingerprint() === this.tree)
      rememberPassed(this.tree, numPassedTests);
  }
}
