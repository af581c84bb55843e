export { createAbsenceJudge } from './absence.js';
export { readAssetFact, readOutputFacts } from './read-facts.js';
