// Prints the last line of a run from the test runner's results: `N passed, N failed`, alone on its line.
import { existsSync, readFileSync } from 'node:fs';

const [file = ''] = process.argv.slice(2);
if (!existsSync(file)) {
  process.stderr.write(`No test results in ${file}: the run ended before the tests did\n`);
  process.stdout.write('0 passed, 1 failed\n');
  process.exit(0);
}

const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
  readFileSync(file, 'utf8'),
);
// A file that could not be loaded fails without a failed test of its own.
const broken = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
);
for (const { name, message } of broken) process.stdout.write(`${name}: ${message}\n`);
if (numPendingTests > 0) process.stdout.write(`skipped: ${numPendingTests}\n`);
process.stdout.write(`${numPassedTests} passed, ${numFailedTests + broken.length} failed\n`);
