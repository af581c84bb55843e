import type { Case } from './case.js';
import { CHAIN_CASES } from './chain-cases.js';
import { DECODE_CASES } from './decode-cases.js';
import { LEDGER_CASES } from './ledger-cases.js';
import { MASUMI_CASES } from './masumi/index.js';
import { REQUEST_CASES } from './request-cases.js';
import { SCRIPT_CASES } from './script-cases.js';
import { TRANSACTION_CASES } from './transaction-cases.js';

export type { Case } from './case.js';

/** Every situation with what every judge must say of it; each starts from a payment that is good but for it. */
export const CASES: readonly Case[] = [
  ...REQUEST_CASES,
  ...DECODE_CASES,
  ...TRANSACTION_CASES,
  ...CHAIN_CASES,
  ...LEDGER_CASES,
  ...MASUMI_CASES,
  ...SCRIPT_CASES,
];
