export { ASSET_LABELS, KNOWN_ASSET_IDS, type KnownAsset, knownAsset } from './known-assets.js';
