import { type Config, maskSecrets } from '@x402-facilitator/shared/config';

/** `ops config check`: what is wrong was told while it was read; what is left is what it came to. */
export function checkConfig(config: Config, out: (text: string) => void): number {
  out(JSON.stringify(maskSecrets(config), null, 2));
  return 0;
}
