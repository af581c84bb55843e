import { type Html, html } from '../../html/index.js';

/** A table that scrolls by itself on a narrow screen, and can be reached by keyboard there. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (Html | string | number)[])[],
): Html {
  return html`<div class="scrolls" tabindex="0" role="group" aria-label="${heads.join(', ')}"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

/** Names with their values; those without a value are left out. */
export function terms(pairs: readonly (readonly [name: string, value: Html | undefined])[]): Html {
  return html`<dl>
${pairs.map(([name, value]) => (value === undefined ? html`` : html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`))}</dl>`;
}
