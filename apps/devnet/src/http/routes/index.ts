import type { Route } from '../route.js';
import { accountRoutes } from './accounts.js';
import { addressRoutes } from './addresses.js';
import { assetRoutes } from './assets.js';
import { blockRoutes } from './blocks.js';
import { epochRoutes } from './epochs.js';
import { mempoolRoutes } from './mempool.js';
import { metadataRoutes } from './metadata.js';
import { networkRoutes } from './network.js';
import { rootRoutes } from './root.js';
import { scriptRoutes } from './scripts.js';
import { submitRoutes } from './submit.js';
import { txRoutes } from './txs.js';
import { utilRoutes } from './utils.js';

/** Every operation of Blockfrost's API that the devnet answers, one file per group. */
export const ROUTES: readonly Route[] = [
  ...rootRoutes,
  ...networkRoutes,
  ...epochRoutes,
  ...blockRoutes,
  ...txRoutes,
  ...addressRoutes,
  ...assetRoutes,
  ...accountRoutes,
  ...mempoolRoutes,
  ...scriptRoutes,
  ...metadataRoutes,
  ...submitRoutes,
  ...utilRoutes,
];
