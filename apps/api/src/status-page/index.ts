export { type Explorers, explorersOf } from './explorers.js';
export { PAGE_SECURITY_POLICY } from './layout.js';
export { renderProblemPage } from './problem-page.js';
export { renderSettlementPage } from './settlement-page.js';
