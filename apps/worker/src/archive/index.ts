export { checkArchive, openConfiguredArchive } from './open-archive.js';
export { sponsorshipOf } from './sponsorship-of.js';
export { startArchiving } from './start-archiving.js';
