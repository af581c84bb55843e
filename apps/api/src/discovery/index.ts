export { BAZAAR, type Declared, readDeclared } from './candidate.js';
export { type Filters, matching, pageOf, ranked } from './find.js';
export { reasonOf, reasonOfNote } from './reasons.js';
export { listedAs, readResourceUrl } from './resource-url.js';
export { checkWord } from './seller-word.js';
export { createShelf } from './shelf.js';
export { hiddenReason, listingsOf, refusedStatus, statusOf } from './status.js';
