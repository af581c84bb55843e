import { z } from 'zod';
import { isPublicName } from './resource-url.js';

const MAX_TAGS = 5;
const MAX_DESCRIPTION = 1000;
const label = z.string().regex(/^[\x20-\x7e]{1,32}$/);

export type ServiceMetadata = {
  readonly description?: string;
  readonly mimeType?: string;
  readonly serviceName?: string;
  readonly tags?: readonly string[];
  readonly iconUrl?: string;
};

/** What a payment says about its resource, for people. A field that breaks its rule is left out; the others stay. */
export function readServiceMetadata(resource: Readonly<Record<string, unknown>>): ServiceMetadata {
  const { description, mimeType, serviceName, tags, iconUrl } = resource;
  const name = label.safeParse(serviceName).data;
  const labels = Array.isArray(tags) ? tagsIn(tags) : [];
  return {
    ...(typeof description === 'string' && description !== '' ? { description: plainText(description) } : {}),
    ...(typeof mimeType === 'string' && /^[\x21-\x7e]{1,127}$/.test(mimeType) ? { mimeType } : {}),
    ...(name === undefined || name.trim() === '' ? {} : { serviceName: name }),
    ...(labels.length === 0 ? {} : { tags: labels }),
    ...(typeof iconUrl === 'string' && isIconUrl(iconUrl) ? { iconUrl } : {}),
  };
}

/** Without what could hide or turn around the text beside it. */
export function plainText(text: string): string {
  return text.slice(0, MAX_DESCRIPTION).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ');
}

function tagsIn(tags: readonly unknown[]): readonly string[] {
  const found = new Map<string, string>();
  for (const tag of tags.slice(0, 100)) {
    const text = label.safeParse(tag).data;
    const name = text?.toLowerCase();
    if (text !== undefined && name !== undefined && !found.has(name) && found.size < MAX_TAGS)
      found.set(name, text);
  }
  return [...found.values()];
}

function isIconUrl(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  const url = text.length > 2048 || /[\u0000-\u001f\u007f]/.test(text) ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && isPublicName(url.hostname);
}
