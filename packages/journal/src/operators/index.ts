export { createDeniedParties, type DeniedParties, type DeniedParty } from './denied-parties.js';
export { createOperatorSessions, type OperatorSessions } from './operator-sessions.js';
