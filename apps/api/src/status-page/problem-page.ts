import { html } from '../html/index.js';
import { layout } from './layout.js';

const HEADLINES: Readonly<Record<number, string>> = {
  400: 'This is not the address of a payment',
  401: 'This payment is not public',
  404: 'No such payment here',
  429: 'Too many requests',
  503: 'Not available right now',
};

const ADVICE: Readonly<Record<number, string>> = {
  400: 'A payment is named by its transaction id, 64 hexadecimal digits.',
  401: 'This service shows payments only to holders of a key.',
  404: 'This service was not asked to settle this transaction, or that was long ago. If it was just sent, look again in a moment.',
  429: 'Wait a minute, then look again.',
  503: 'Nothing is lost. Look again in a moment.',
};

/** The page for an error, instead of a payment's page. */
export function renderProblemPage({
  status,
  message,
}: {
  readonly status: number;
  readonly message: string;
}): string {
  const headline = HEADLINES[status] ?? 'Something went wrong';
  return layout({
    title: headline,
    tone: 'bad',
    isLive: false,
    news: '',
    context: 'x402 payment',
    content: html`<section class="headline">
<h1>${headline}</h1>
<p>${ADVICE[status]}</p>
</section>
<section class="details"><p class="code"><bdi>${message}</bdi></p>
<p><a href="">Look again</a></p></section>`,
  });
}
