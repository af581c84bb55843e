export { createAbsenceJudge } from './absence.js';
export { followOutput } from './follow-output.js';
export { readAssetFact, readOutputFacts } from './read-facts.js';
