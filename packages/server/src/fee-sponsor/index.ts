export { FeeSponsor } from './fee-sponsor.js';
export type { FeeSponsorOptions, SponsorChain, SponsorKeys } from './settings.js';
