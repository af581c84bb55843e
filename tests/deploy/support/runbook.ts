import { readText } from './files.js';

/** What a block of commands needs beyond this machine, as its first line says. */
export type Needs = 'nothing' | 'Docker' | 'a cluster' | 'runs until stopped';

export type CommandBlock = {
  readonly needs: Needs;
  /** The heading under which it stands. */
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

/** Everything that a page sets as code: blocks of any kind, and spans. */
export function codeOf(page: string): string {
  return [...page.matchAll(/^```[^\n]*\n([\s\S]*?)^```$|`([^`\n]+)`/gm)]
    .map(([, block, span]) => block ?? span ?? '')
    .join('\n');
}

/** What links to the headings of a page are called. */
export function anchorsOf(page: string): readonly string[] {
  return [...readText(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
