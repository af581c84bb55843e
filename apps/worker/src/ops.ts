import process from 'node:process';
import { readConfigOrExit } from '@x402-facilitator/shared/config';
import { runOps } from './ops/index.js';

process.exitCode = await runOps({
  args: process.argv.slice(2),
  readConfig: () => readConfigOrExit('worker').config,
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  now: Date.now,
});
