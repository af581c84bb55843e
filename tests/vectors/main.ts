import process from 'node:process';
import { parseArgs } from 'node:util';
import { formatReports, pathsIn, runVectors, VECTORS } from './run-vectors.js';

const USAGE = `usage: npm run vectors -- [--amaru DIR] [--imp DIR] [--transactions FILE]

Judges the public's ledger vectors by the rules of packages/cardano and prints how often both agree. DIR is a checkout of
amaru's scenarios (with scenarios/ and common/) and of the ledger's Imp vectors (with Conway/ and pparams-by-hash/), FILE
has a real transaction on each line, beside bf544.json and bf642.json with the cost models. Without options it takes
amaru/, imp/ and conway-onchain.jsonl of the folder that VECTORS names. Exit code 1 when anything differs.`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    amaru: { type: 'string' },
    imp: { type: 'string' },
    transactions: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

const { help, ...given } = values;
const paths = Object.keys(given).length > 0 ? given : pathsIn(VECTORS);
const reports = help === true ? [] : runVectors(paths);
process.stdout.write(reports.length === 0 ? `${USAGE}\n` : formatReports(reports));
if (reports.some(({ findings }) => [...findings.values()].some(({ kind }) => kind === 'differed')))
  process.exitCode = 1;
