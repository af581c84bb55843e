export { buildPaywall, type PaywallOptions } from './build-paywall.js';
export { type Article, catalogue } from './catalogue.js';
export { type PaywallEnvironment, readEnvironment } from './environment.js';
