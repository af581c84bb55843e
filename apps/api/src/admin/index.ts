export { type AdminOptions, adminPlugin } from './admin-plugin.js';
export { createGuessLimit, type GuessLimit } from './guess-limit.js';
