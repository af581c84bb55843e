export { deriveMasumiEscrows, MASUMI_BLUEPRINT } from './blueprint.js';
export { inputHashOf } from './commitment.js';
export { datumAddressOf, type EscrowDatum, escrowDatumData, readEscrowDatum } from './datum.js';
export { CANONICAL_ESCROW, escrowAddress, parseMasumiDeployment } from './deployment.js';
export { termsDigestOf } from './extra.js';
export { decodeIdentifier, encodeIdentifier, type MasumiIdentifier } from './identifier.js';
export { masumiMethod } from './masumi-method.js';
export { REGISTRY_POLICY_ID } from './parameters.js';
