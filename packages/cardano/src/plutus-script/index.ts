export { applyParameters } from './apply-parameters.js';
export { type PlutusCode, plutusCodeOf } from './plutus-code.js';
