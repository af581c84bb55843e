export { applyParameters } from './apply-parameters.js';
export { encodePlutusData } from './encode-plutus-data.js';
export { type PlutusCode, plutusCodeOf } from './plutus-code.js';
export { type PlutusData, plutusBytes, plutusConstructor, plutusInteger } from './plutus-data.js';
export { readPlutusData } from './read-plutus-data.js';
