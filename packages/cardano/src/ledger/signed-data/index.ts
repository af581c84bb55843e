export { type SignedData, signedDataFault } from './signed-data-fault.js';
