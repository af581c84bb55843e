export type { FollowerContext } from './context.js';
export { createFollower, type Follower } from './follower.js';
