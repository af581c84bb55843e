import { type Config, maskSecrets } from '@x402-facilitator/shared/config';

/** `ops config check`: prints the effective configuration. Mistakes were already reported when it was read. */
export function checkConfig(config: Config, out: (text: string) => void): number {
  out(JSON.stringify(maskSecrets(config), null, 2));
  return 0;
}
