import { appendFileSync } from 'node:fs';
import mocha from 'mocha';

/**
 * Mocha's own report, and beside it, in the file that `FAILED_TESTS` names, one line of JSON for each failure:
 * `{suite, title, error}`, `suite` being the outermost one. `.ci/run` closes with them, so that whoever reads only the
 * end of a long log finds what failed, and runs those suites once more.
 */
export default class Reporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.FAILED_TESTS;
    if (!file) return;
    runner.on(mocha.Runner.constants.EVENT_TEST_FAIL, (test, error) => {
      const [suite = ''] = test.titlePath();
      const told = String(error?.stack ?? error).slice(0, 2_000);
      appendFileSync(file, `${JSON.stringify({ suite, title: test.fullTitle(), error: told })}\n`);
    });
  }
}
