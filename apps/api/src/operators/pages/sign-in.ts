import { html } from '../../html/index.js';
import { layout } from './layout.js';

/** Asks for an operator's key. */
export function renderSignInPage({ problem }: { readonly problem?: string | undefined }): string {
  return layout({
    title: 'Sign in',
    content: html`${problem === undefined ? undefined : html`<p role="alert" class="bad">${problem}</p>`}
<form method="post" action="/admin/sign-in" class="stack">
<label for="key">Operator’s key</label>
<input id="key" name="key" type="password" required autocomplete="current-password">
<button>Sign in</button>
</form>
<p class="quiet">The configuration lists the keys under security.operatorKeys. A session is kept over https, and from this machine
(localhost, as a tunnel or <code>kubectl port-forward</code> gives it), for eight hours.</p>`,
  });
}
