export { openSponsoring, type Sponsoring } from './open-sponsoring.js';
export type { Completed, Sponsor } from './sponsor.js';
