import { document, type Html, html, readStyle, sourceHash } from '../../html/index.js';

// Inlined into the page; its policy allows it by its hash.
const STYLE = readStyle('operators/page.css');

/** The page runs no script, and its forms go to this host only. */
const PAGE_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src ${sourceHash(STYLE)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** For every answer of the operators' page. */
export const PAGE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': PAGE_SECURITY_POLICY,
  // Without a referrer, a browser does not name the origin of a form either.
  'referrer-policy': 'same-origin',
} as const;

/** A whole page. */
export function layout({
  title,
  operator,
  content,
}: {
  readonly title: string;
  /** Who is signed in. */
  readonly operator?: string | undefined;
  readonly content: Html;
}): string {
  return document({
    title: `${title} · x402 facilitator`,
    style: STYLE,
    body: html`<header>
<p><strong>x402 facilitator</strong></p>
${operator === undefined ? undefined : navigation(operator)}
</header>
<main>
<h1>${title}</h1>
${content}
</main>`,
  });
}

function navigation(operator: string): Html {
  return html`<nav aria-label="Pages"><a href="/admin">Overview</a> <a href="/admin/settlements">Settlements</a></nav>
<form method="post" action="/admin/sign-out"><p>${operator} <button>Sign out</button></p></form>`;
}
