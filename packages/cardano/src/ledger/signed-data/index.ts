export { checkSignedData, type SignedData } from './check-signed-data.js';
