export { createPoolKeeper, type PoolKeeper } from './pool-keeper.js';
export { createSpendingCap } from './spending-cap.js';
export { type Completed, createSponsor, type Sponsor } from './sponsor.js';
