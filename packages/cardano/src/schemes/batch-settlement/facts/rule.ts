import { ruleOf } from '../../rule.js';
import type { RefusalCode } from './codes.js';

export { PASSED } from '../../rule.js';

/** Declares a rule of this scheme. */
export const defineRule = ruleOf<RefusalCode>();
