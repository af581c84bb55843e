export { encodePlutusData } from './encode-plutus-data.js';
export { type PlutusData, plutusBytes, plutusConstructor, plutusInteger } from './plutus-data.js';
export { readPlutusData } from './read-plutus-data.js';
