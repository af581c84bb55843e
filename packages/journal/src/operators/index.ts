export { createOperatorSessions, type OperatorSessions } from './operator-sessions.js';
