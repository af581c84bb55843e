export { createSelfCheck, type SelfCheck, type SelfCheckReport } from './self-check.js';
