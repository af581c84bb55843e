import { de } from './de.js';
import { en, type Messages } from './en.js';

export type { Messages } from './en.js';
export { fill } from './fill.js';

/** The languages of the page, by their tag (BCP 47). */
export const LANGUAGES: Readonly<Record<string, Messages>> = { en, de };

/** A language and its words. */
export type Wording = { readonly language: string; readonly messages: Messages };

/**
 * The language that a browser likes best of those there are; English where it likes none of them.
 *
 * @param acceptLanguage the value of `Accept-Language`.
 */
export function chooseLanguage(
  acceptLanguage: string,
  languages: Readonly<Record<string, Messages>> = LANGUAGES,
): Wording {
  const wanted = acceptLanguage
    .split(',')
    .slice(0, 32)
    .map((part) => {
      const [tag = '', ...parameters] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const quality = parameters.find((each) => each.startsWith('q='))?.slice(2) ?? '1';
      return { tag, quality: Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((left, right) => right.quality - left.quality);
  for (const { tag } of wanted) {
    const language = Object.keys(languages).find((each) => {
      const known = each.toLowerCase();
      return tag === known || tag.startsWith(`${known}-`);
    });
    const messages = language === undefined ? undefined : languages[language];
    if (language !== undefined && messages !== undefined) return { language, messages };
  }
  return { language: 'en', messages: languages.en ?? en };
}
