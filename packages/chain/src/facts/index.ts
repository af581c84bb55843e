export { readAssetFact } from './read-asset-fact.js';
export { readOutputFacts } from './read-output-facts.js';
export { createTipFreshness } from './tip-freshness.js';
