export { openPurse, PRICE_LOVELACE, type PreparedPayment, type Purse, type PurseOptions } from './purse.js';
