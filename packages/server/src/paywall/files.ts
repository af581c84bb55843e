/// <reference path="./page-files.d.ts" />
import { createHash } from 'node:crypto';
import { SCRIPT, STYLE } from '#page-files';
import { ASSET_QUERY, offerPageAsset } from '../page-visit/index.js';

/** A file of the page: where it is, and what it must hash to. */
export type PageFile = {
  /** Relative to the page, and so at the address of what is for sale: every door of every framework has it. */
  readonly href: string;
  readonly integrity: string;
};

export type PageFiles = { readonly script: PageFile; readonly style: PageFile };

/** A year. The name holds a hash of what is in it. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const NAME_LENGTH = 16;

/** Lets every `Delivery` of this process answer for the page's script and style. */
export function offerPageFiles(): PageFiles {
  return {
    script: offer(SCRIPT, 'js', 'text/javascript; charset=utf-8'),
    style: offer(STYLE, 'css', 'text/css; charset=utf-8'),
  };
}

function offer(text: string, ending: string, type: string): PageFile {
  const digest = createHash('sha384').update(text).digest('base64');
  const name = `${digest.replace(/[^a-zA-Z0-9]/g, '').slice(0, NAME_LENGTH)}.${ending}`;
  offerPageAsset(name, {
    status: 200,
    headers: [
      ['content-type', type],
      ['cache-control', FOR_EVER],
      ['x-content-type-options', 'nosniff'],
    ],
    body: Buffer.from(text),
  });
  return { href: `?${ASSET_QUERY}=${name}`, integrity: `sha384-${digest}` };
}
