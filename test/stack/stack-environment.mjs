import { TestEnvironment } from 'jest-environment-node';

/** Hands the one running stack to each suite. */
export default class StackEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.ryzansteinStack = globalThis.ryzansteinStack;
    this.global.ryzansteinSamplingFile = globalThis.ryzansteinSamplingFile;
  }
}
