export type { DiscoveryCandidate, DiscoveryRefusal } from './candidate.js';
export {
  createDiscoveryCatalogue,
  type Delisting,
  type DiscoveryCatalogue,
  type DiscoveryIndex,
  type DiscoveryNote,
  type ListedResource,
} from './catalogue.js';
export { resourceId } from './keys.js';
