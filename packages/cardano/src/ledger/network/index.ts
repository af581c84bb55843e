export { NETWORKS, type Network, networkIdOf, parseNetwork } from './network.js';
export { timelineOf } from './public-timelines.js';
export { type EraSummary, slotAt, slotStartMs, type Timeline } from './timeline.js';
