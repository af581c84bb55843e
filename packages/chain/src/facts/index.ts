export { createAbsenceJudge } from './absence.js';
export { followOutput, type Positions } from './follow-output.js';
export { readAssetFact, readOutputFacts } from './read-facts.js';
