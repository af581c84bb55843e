import type { BuyingStep } from '@x402-facilitator/client';
import { button, h } from './dom.js';
import { show, tell } from './stage.js';
import type { Words } from './words.js';

/** After so long without a confirmation the page says that the chain is slow. */
const SLOW_AFTER_MS = 120_000;

const STEPS = ['stepSigned', 'stepSent', 'stepConfirmed', 'stepDelivered'] as const;

/** A payment on its way, as a list of steps that follows what the buyer does. */
export function progressView(
  { t }: Words,
  options: {
    readonly transaction: string;
    readonly signedAtMs: number;
    readonly isResumed: boolean;
    readonly onTryNow: () => void;
  },
) {
  const items = STEPS.map((step) => h('li', {}, h('span', { class: 'step' }, t(step))));
  const note = h('p', { class: 'note' });
  const tryNow = button(t('tryNow'), options.onTryNow, 'link');
  tryNow.hidden = true;
  const set = (current: number, text: string) => {
    items.forEach((item, index) => {
      item.dataset.progress = index < current ? 'done' : index === current ? 'current' : 'waiting';
      if (index === current) item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
      if (index === current) item.append(note);
    });
    if (note.textContent === text) return;
    note.textContent = text;
    tell(text);
  };
  const waiting = () =>
    set(2, t(Date.now() - options.signedAtMs > SLOW_AFTER_MS ? 'slowChain' : 'waitingBlock'));

  show(t(options.isResumed ? 'resumedTitle' : 'progressTitle'), [
    h('ol', { class: 'steps' }, ...items),
    tryNow,
    h('p', { class: 'note' }, t('progressHint')),
    transactionView(t('transaction'), options.transaction),
  ]);
  waiting();

  let wasAnswered = false;
  return {
    follow(step: BuyingStep) {
      if (step.kind === 'answered') {
        // A gateway in front of the shop speaks for itself.
        wasAnswered = step.status === 402;
        if (wasAnswered) waiting();
      }
      if (step.kind !== 'pending') return;
      if (!wasAnswered) set(1, t('noConnection'));
      tryNow.hidden = false;
      wasAnswered = false;
    },
  };
}

export function transactionView(label: string, transaction: string): HTMLElement {
  return h(
    'dl',
    { class: 'transaction' },
    h('div', {}, h('dt', {}, label), h('dd', { class: 'id' }, transaction)),
  );
}
