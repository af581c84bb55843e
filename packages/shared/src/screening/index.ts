export { readDenyEntry } from './deny-entry.js';
export { type DenyList, readDenyList } from './deny-list.js';
export type { Parties, Screen, Screened } from './parties.js';
