export { describeAmount } from './amount.js';
export { document, readStyle, sourceHash } from './document.js';
export { Html, html } from './html.js';
export { timeOf } from './time.js';
