import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { PAGES, readText } from './files.js';

/** The pages for operators. The first one gives names to addresses, so it comes before the others. */
export const RUNBOOK: readonly string[] = PAGES.filter((page) => page.startsWith('docs/operations/'));

/** What a block of commands needs besides this machine, from its first line. */
export type Needs = 'nothing' | 'Docker' | 'a cluster' | 'runs until stopped';

export type CommandBlock = {
  readonly needs: Needs;
  /** The heading above it. */
  readonly heading: string;
  readonly text: string;
};

const MARKERS: Readonly<Record<string, Needs>> = {
  '# Docker': 'Docker',
  '# a cluster': 'a cluster',
  '# runs until stopped': 'runs until stopped',
};

/** The `sh` blocks of a Markdown page. */
export function commandBlocks(page: string): readonly CommandBlock[] {
  const blocks: CommandBlock[] = [];
  let heading = '';
  for (const [, title, text] of page.matchAll(/^#+ (.+)$|^```sh\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    if (text === undefined) continue;
    const [first = ''] = text.split('\n');
    blocks.push({ needs: MARKERS[first] ?? 'nothing', heading, text });
  }
  return blocks;
}

/** The fenced blocks of a page in one language, without their fences. */
export function codeBlocks(page: string, language: string): readonly string[] {
  return [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  );
}

/** Everything that a page marks as code: blocks of any kind, and spans. */
export function codeOf(page: string): string {
  return [...page.matchAll(/^```[^\n]*\n([\s\S]*?)^```$|`([^`\n]+)`/gm)]
    .map(([, block, span]) => block ?? span ?? '')
    .join('\n');
}

/** The anchors of the headings of a page. */
function anchorsOf(page: string): readonly string[] {
  return [...readText(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** Whether a link (a page from the root of the repository, and after `#` a heading) leads to a file, and to a heading of it. */
export function leadsSomewhere(link: string): boolean {
  const [path = '', anchor] = link.split('#');
  return existsSync(join(ROOT, path)) && (anchor === undefined || anchorsOf(path).includes(anchor));
}

/** The links of a page to files of the repository, from its root. */
export function linksOf(page: string): readonly string[] {
  return [...readText(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) =>
    target.startsWith('#') ? page + target : join(dirname(page), target),
  );
}
