export type { DevnetBlock, DevnetControl, DevnetSubmission } from './devnet-control.js';
export { baseEnvironment, type Environment } from './environment.js';
export { type FundedPayer, fundPayer } from './fund-payer.js';
export { publishValidator } from './publish-validator.js';
export { entryPoint, ROOT } from './repository.js';
export type { Stack, StackOptions } from './stack.js';
export type { AppProcess } from './start-app.js';
export type { DevnetProcess } from './start-devnet.js';
export { startStack } from './start-stack.js';
