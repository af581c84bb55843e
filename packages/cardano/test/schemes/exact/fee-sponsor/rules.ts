export { feeAndEnd, returned, room } from '../../../../src/schemes/exact/fee-sponsor/rules/amounts.js';
export { offer } from '../../../../src/schemes/exact/fee-sponsor/rules/offer.js';
export { offeredOutput, otherInputs } from '../../../../src/schemes/exact/fee-sponsor/rules/outputs.js';
export { plain } from '../../../../src/schemes/exact/fee-sponsor/rules/plain.js';
export { merged, witness } from '../../../../src/schemes/exact/fee-sponsor/rules/witness.js';
