/** What a thread that answers validator questions runs: the validator and nothing else of this package. */
export { askValidator as default } from './ask-validator.js';
