// Checks that a smoke of the benchmarks is complete: every result, and a page and a chart for each. It does not check any
// speed, because a build machine is busy with other things.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = ['verify', 'settle', 'status', 'scale', 'start', 'soak'];
const [resultFile = '', pages = ''] = process.argv.slice(2);
const problems = [];
const expectThat = (isSo, what) => isSo || problems.push(what);

const { results } = JSON.parse(readFileSync(resultFile, 'utf8'));
for (const name of NAMES) {
  const report = results[name];
  if (report === undefined) {
    problems.push(`${name}: expected a result, found none`);
    continue;
  }
  const { machine, versions, settings, figures, ratios, targets } = report;
  expectThat(machine.cores > 0 && machine.processor !== '', `${name}: expected the machine`);
  expectThat(/^v\d/.test(versions.node) && /^\d/.test(versions.redis), `${name}: expected versions`);
  expectThat(Object.keys(settings).length > 0, `${name}: expected settings`);
  for (const [path, value] of numbersIn({ figures, ratios }, name))
    expectThat(Number.isFinite(value), `${path}: expected a number, found ${value}`);
  expectThat([...numbersIn(figures, name)].length > 0, `${name}: expected figures`);
  expectThat(
    targets.length > 0 && targets.every(({ wanted, found }) => wanted !== '' && !/NaN|undefined/.test(found)),
    `${name}: expected targets with what was found`,
  );
  const page = readFileSync(join(pages, `${name}.md`), 'utf8');
  expectThat(page.startsWith('# Benchmark: ') && !/NaN|undefined/.test(page), `${name}.md: expected a page`);
  expectThat(
    readFileSync(join(pages, `${name}.svg`), 'utf8').startsWith('<svg'),
    `${name}.svg: expected SVG`,
  );
}
// These do not depend on the machine.
expectThat(results.soak?.figures.lost === 0, 'soak: expected no settlement to be lost');
expectThat(results.soak?.figures.notAppliedOnce === 0, 'soak: expected each to be applied once');

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${NAMES.join(', ')}: ${problems.length === 0 ? 'complete' : 'incomplete'}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Every number with its place. JSON writes null for NaN and infinity, so null counts too. */
function* numbersIn(value, path) {
  if (typeof value === 'number' || value === null) yield [path, value];
  else if (typeof value === 'object')
    for (const [key, inner] of Object.entries(value)) yield* numbersIn(inner, `${path}.${key}`);
}
