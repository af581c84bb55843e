import { DONE, ok } from '../../../result.js';
import type { MethodChecks, TransferMethodRules } from '../facts/transfer-method.js';

const CHECKS: MethodChecks = { checkTransaction: () => DONE, checkAgainstChain: () => DONE };

/** Payment from address to address. It adds no rules. */
export const defaultMethod: TransferMethodRules = {
  method: 'default',
  codes: [],
  source: 'scheme: "Summary", method 1',
  checkRequirements: () => ok(CHECKS),
};
