/** Pays into Masumi's escrow. It is an entry of its own, so that browsers load it only where it is used. */
export { type MasumiPolicy, type MasumiProposal, masumi } from './masumi.js';
