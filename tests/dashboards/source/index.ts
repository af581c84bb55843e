import { chainAndWallet } from './chain-and-wallet.js';
import type { DashboardDescription } from './description.js';
import { operations } from './operations.js';
import { overview } from './overview.js';
import { settlement } from './settlement.js';

export type { DashboardDescription, Panel, Query, Variable } from './description.js';
export { renderDashboard } from './render.js';

/** The dashboards that Grafana is given. */
export const DASHBOARDS: readonly DashboardDescription[] = [operations, overview, settlement, chainAndWallet];

/** Of the repository; Grafana's provisioning reads every file in it. */
export const DASHBOARD_DIRECTORY = 'deploy/grafana/dashboards';
