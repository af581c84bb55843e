export { changeValues } from './change.js';
export { encodeOutput, leastLovelaceOf, type NewOutput } from './output.js';
export { type Amounts, quantityOf, subtract, sum } from './value.js';
