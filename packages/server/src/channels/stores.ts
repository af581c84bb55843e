/** What stores in other entries are made of. */
export type { ChannelRecord, ChannelStore, ChannelView, Reserved } from './store.js';
export { readKeptAnswer, readRefund, readTerms, termsOf, writeKeptAnswer } from './text.js';
export {
  committed,
  type Entry,
  ended,
  ending,
  observed,
  released,
  removed,
  renewed,
  reserved,
  type Step,
} from './transitions.js';
