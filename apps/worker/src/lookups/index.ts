export { isFollowed, leftTheChain, pointAt } from './chain-window.js';
export { isDeep } from './is-deep.js';
export { lookAtInputs } from './look-at-inputs.js';
export { lookOnChain } from './look-on-chain.js';
