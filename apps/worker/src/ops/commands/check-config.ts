import { type Config, maskSecrets } from '@x402-facilitator/shared/config';
import { UsageError } from '../usage.js';

/** `ops config check`: what is wrong was told while it was read; what is left is what it came to. */
export function checkConfig(
  operands: readonly string[],
  config: Config,
  out: (text: string) => void,
): number {
  if (operands.join(' ') !== 'check') throw new UsageError('expected "config check"');
  out(JSON.stringify(maskSecrets(config), null, 2));
  return 0;
}
