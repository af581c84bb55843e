export { findStructure } from './find-structure.js';
export { printStructure } from './print-structure.js';
export { readWorkspace } from './read-workspace.js';
