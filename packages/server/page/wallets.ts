import type { Cip30Wallet } from '@x402-facilitator/client';
import { plainText } from './dom.js';

/** A wallet that an extension, or an app around the browser, offers to the page (CIP-30). */
export type FoundWallet = {
  /** Its name in `window.cardano`. */
  readonly key: string;
  readonly name: string;
  /** A `data:` URL of a picture. */
  readonly icon: string | undefined;
  enable(): Promise<Cip30Wallet>;
};

const LONGEST_NAME = 32;
/** In an `img` a picture runs no script, SVG neither. */
const ICON = /^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i;
const LONGEST_ICON = 262_144;

/** The wallets that are there now. Anyone may put anything into `window.cardano`, so nothing of it is believed. */
export function findWallets(): readonly FoundWallet[] {
  const cardano: unknown = Reflect.get(globalThis, 'cardano');
  if (typeof cardano !== 'object' || cardano === null) return [];
  const seen = new Set<unknown>();
  return Object.keys(cardano).flatMap((key) => {
    try {
      const offered: unknown = Reflect.get(cardano, key);
      // Some wallets offer themselves under two names.
      if (seen.has(offered) || !isWallet(offered)) return [];
      seen.add(offered);
      const { name, icon } = offered;
      return [
        {
          key,
          name: plainText(typeof name === 'string' && name.trim() !== '' ? name : key, LONGEST_NAME),
          icon: typeof icon === 'string' && ICON.test(icon) && icon.length <= LONGEST_ICON ? icon : undefined,
          enable: () => offered.enable(),
        },
      ];
    } catch {
      return [];
    }
  });
}

type Offered = {
  readonly name?: unknown;
  readonly icon?: unknown;
  enable(): Promise<Cip30Wallet>;
};

function isWallet(offered: unknown): offered is Offered {
  return (
    typeof offered === 'object' &&
    offered !== null &&
    typeof Reflect.get(offered, 'enable') === 'function' &&
    Reflect.has(offered, 'apiVersion')
  );
}
