/** Makes an element. Everything that is put into it is text, or an element that was made here. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

export function button(text: string, onClick: () => void, kind = 'plain'): HTMLButtonElement {
  const element = h('button', { type: 'button', class: kind }, text);
  element.addEventListener('click', onClick);
  return element;
}

/** A stranger's words, cut to a length, without what changes the direction or the place of other text. */
export function plainText(text: unknown, most: number): string {
  const plain = String(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]+/gu, ' ')
    .trim();
  return plain.length > most ? `${plain.slice(0, most)}…` : plain;
}
