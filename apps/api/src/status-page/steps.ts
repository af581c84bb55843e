import type { Settlement } from '@x402-facilitator/journal';
import { type Html, html, timeOf } from '../html/index.js';

type Progress = 'done' | 'current' | 'waiting' | 'failed';
type Step = { readonly name: string; readonly note?: Html | undefined };

/** What a screen reader says for the marks and colours. */
const SPOKEN: Readonly<Record<Progress, string>> = {
  done: 'done',
  current: 'now',
  waiting: 'not yet',
  failed: 'failed',
};

/** The steps of a payment, and how far it has come. */
export function renderSteps(settlement: Settlement): Html {
  const steps = stepsOf(settlement);
  const reached = stepsDone(settlement, steps.length);
  const isDead = settlement.state === 'failed' || settlement.state === 'expired';
  const progressOf = (index: number): Progress => {
    if (index < reached) return 'done';
    if (index > reached) return 'waiting';
    return isDead ? 'failed' : 'current';
  };
  return html`<ol class="steps" data-part="steps" aria-label="Progress of the payment">
${steps.map((step, index) => renderStep(step, progressOf(index)))}</ol>`;
}

function renderStep({ name, note }: Step, progress: Progress): Html {
  const current = progress === 'current' ? html` aria-current="step"` : undefined;
  return html`<li data-progress="${progress}"${current}><p class="step">${name}<span class="for-readers">: ${SPOKEN[progress]}</span></p>${
    note === undefined || progress === 'waiting' ? undefined : html`<p class="note">${note}</p>`
  }</li>
`;
}

function stepsOf(settlement: Settlement): readonly Step[] {
  const { requiredConfirmations, includedAtMs, block } = settlement;
  const inBlock: Step = {
    name: 'In a block',
    note:
      block &&
      html`Block ${block.height.toLocaleString('en-US')}${includedAtMs && html` · ${timeOf(includedAtMs)}`}`,
  };
  return [
    { name: 'Accepted', note: timeOf(settlement.queuedAtMs) },
    { name: 'Sent to Cardano', note: sendingNote(settlement) },
    // A policy of -1 asks for no block.
    ...(requiredConfirmations < 0 ? [] : [inBlock]),
    { name: 'Confirmed', note: confirmationNote(settlement) },
  ];
}

function sendingNote({ submittedAtMs, attempts, state }: Settlement): Html | undefined {
  if (submittedAtMs !== undefined && state !== 'submitting') return timeOf(submittedAtMs);
  return attempts > 1 ? html`Attempt ${attempts}` : undefined;
}

function confirmationNote(settlement: Settlement): Html | undefined {
  const { state, confirmations, requiredConfirmations: required } = settlement;
  if (settlement.state === 'confirmed') return timeOf(settlement.endedAtMs);
  if (state !== 'included') return undefined;
  const seen = Math.min(Math.max(confirmations ?? 0, 0), required);
  return html`${seen} of ${required} confirmations<progress max="${Math.max(required, 1)}" value="${seen}" aria-label="Confirmations"></progress>`;
}

/** How many steps are done. The payment is at the next one, or ended there. */
function stepsDone(settlement: Settlement, all: number): number {
  switch (settlement.state) {
    case 'queued':
    case 'submitting':
    case 'ambiguous':
      return 1;
    case 'submitted':
      return 2;
    case 'included':
      return all - 1;
    case 'confirmed':
      return all;
    case 'failed':
    case 'expired':
      return settlement.submittedAtMs === undefined ? 1 : 2;
  }
}
