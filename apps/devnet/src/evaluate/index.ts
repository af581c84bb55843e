export { additionalOutput, additionalUtxo } from './additional-utxo.js';
export { type Evaluation, evaluateScripts } from './evaluate.js';
