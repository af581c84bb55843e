export { ASSET_LABELS, isKnownAsset, KNOWN_ASSET_IDS, type KnownAsset, knownAsset } from './known-assets.js';
