export { PAGE_HEADERS } from './layout.js';
export { renderOverviewPage } from './overview.js';
export { renderProblemPage } from './problem.js';
export { renderSettlementPage } from './settlement.js';
export { renderSettlementsPage, settlementsLink } from './settlements.js';
export { renderSignInPage } from './sign-in.js';
