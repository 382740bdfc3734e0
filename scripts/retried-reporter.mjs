/** Names the tests that passed only when they were asked again: they are flaky, and somebody should look. */
export class RetriedReporter {
  #retried = [];

  onTestCaseResult(test) {
    if (!test.diagnostic()?.flaky) return;
    this.#retried.push(`${test.module.moduleId} > ${test.fullName}`);
  }

  onTestRunEnd() {
    for (const name of this.#retried) process.stdout.write(`passed only when asked again: ${name}\n`);
  }
}

// biome-ignore lint/style/noDefaultExport: vitest takes a reporter's class from the default export.
export { RetriedReporter as default };
