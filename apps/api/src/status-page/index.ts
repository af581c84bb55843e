export { describeAmount } from './amount.js';
export { type Explorers, explorersOf } from './explorers.js';
export { Html, html } from './html.js';
export { PAGE_SECURITY_POLICY } from './layout.js';
export { renderProblemPage } from './problem-page.js';
export { renderSettlementPage } from './settlement-page.js';
export { timeOf } from './time.js';
