import { button, h } from './dom.js';
import { type FoundWallet, findWallets } from './wallets.js';
import type { Words } from './words.js';

/** Extensions may come later than the page. */
const LOOK_FOR_MS = 5_000;
const LOOK_EVERY_MS = 200;

/** A button for each wallet that is there, and for each that comes. */
export function walletList({ t }: Words, onChoose: (wallet: FoundWallet) => void) {
  const list = h('div', { class: 'wallets' });
  const hint = h('p', { class: 'note' });
  const offered = new Set<string>();
  const look = () => {
    for (const wallet of findWallets().filter(({ key }) => !offered.has(key))) {
      offered.add(wallet.key);
      const choose = button('', () => onChoose(wallet), 'wallet');
      choose.append(iconOf(wallet), h('bdi', {}, t('payWithName', { wallet: wallet.name })));
      list.append(choose);
    }
    hint.textContent = t(offered.size === 0 ? 'noWalletHint' : 'payHint');
    again.hidden = offered.size > 0;
  };
  let onChange = (): void => undefined;
  const again = button(t('lookAgain'), () => {
    look();
    onChange();
  });
  look();
  return {
    elements: [list, hint, again],
    headline: () => t(offered.size === 0 ? 'noWallet' : 'payWith'),
    /** Looks on for a while. */
    watch(tell: () => void): void {
      onChange = tell;
      const end = Date.now() + LOOK_FOR_MS;
      const timer = setInterval(() => {
        if (!list.isConnected || Date.now() > end) return clearInterval(timer);
        const before = offered.size;
        look();
        if (offered.size !== before) tell();
      }, LOOK_EVERY_MS);
    },
  };
}

function iconOf({ icon, name }: FoundWallet): HTMLElement {
  return icon === undefined
    ? h('span', { class: 'icon', 'aria-hidden': 'true' }, name.slice(0, 1))
    : h('img', { class: 'icon', src: icon, alt: '' });
}
