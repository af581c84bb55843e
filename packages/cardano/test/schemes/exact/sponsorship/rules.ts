export { change } from '../../../../src/schemes/exact/sponsorship/rules/change.js';
export { feeAndSize } from '../../../../src/schemes/exact/sponsorship/rules/fee-and-size.js';
export { method } from '../../../../src/schemes/exact/sponsorship/rules/method.js';
export { otherInputs, ownOutput, payer } from '../../../../src/schemes/exact/sponsorship/rules/outputs.js';
export { plain } from '../../../../src/schemes/exact/sponsorship/rules/plain.js';
export { reservation, reservedInput } from '../../../../src/schemes/exact/sponsorship/rules/reservation.js';
