import { type MethodChecks, nothingToCheck, type TransferMethodRules } from '../facts/transfer-method.js';

const CHECKS: MethodChecks = { checkTransaction: nothingToCheck, checkAgainstChain: nothingToCheck };

/** Payment from address to address: the rules for every payment say all there is. */
export const defaultMethod: TransferMethodRules = {
  method: 'default',
  codes: [],
  source: 'scheme: "Summary", method 1',
  checkRequirements: () => CHECKS,
};
