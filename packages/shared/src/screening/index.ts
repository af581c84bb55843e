export { type DenyEntry, readDenyEntry } from './deny-entry.js';
export { type DenyList, type DenyListMistake, readDenyList } from './deny-list.js';
export {
  type Parties,
  type PartiesOf,
  partiesOfCommitment,
  partiesOfPayment,
  type Screen,
  type Screened,
} from './parties.js';
