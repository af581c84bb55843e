import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '@x402-facilitator/tools/stack';
import { benchProvider, describeProvider, FULL, QUICK } from './provider/index.js';

const USAGE = `Usage: npm run bench -- provider [--json] [--quick]
  --json    one JSON object on standard output, and nothing else there
  --quick   a little of everything, and docs/benchmarks/ stays as it is
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});

if (positionals.length !== 1 || positionals[0] !== 'provider') {
  process.stderr.write(USAGE);
  process.exitCode = 1;
} else {
  const result = await benchProvider(values.quick ? QUICK : FULL, (what) =>
    process.stderr.write(`bench: ${what}\n`),
  );
  const page = describeProvider(result);
  if (!values.quick) await writeFile(join(ROOT, 'docs/benchmarks/provider.md'), page);
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : page);
  if (!Object.values(result.kept).every(Boolean)) process.exitCode = 1;
}
