import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { PAGES, readText } from './files.js';

/** The pages for operators. The first one gives names to addresses, so it comes before the others. */
export const RUNBOOK: readonly string[] = PAGES.filter((page) => page.startsWith('docs/operations/'));

/** What a block of commands needs besides this machine, from its first line. */
export type Needs = 'nothing' | 'Docker' | 'a cluster' | 'a checkout' | 'runs until stopped';

export type CommandBlock = {
  readonly needs: Needs;
  readonly page: string;
  /** The heading above it. */
  readonly heading: string;
  readonly text: string;
};

const MARKERS: Readonly<Record<string, Needs>> = {
  '# Docker': 'Docker',
  '# a cluster': 'a cluster',
  '# in a checkout': 'a checkout',
  '# runs until stopped': 'runs until stopped',
};

/** The `sh` blocks of a page. */
export function commandBlocks(page: string): readonly CommandBlock[] {
  const blocks: CommandBlock[] = [];
  let heading = '';
  for (const [, title, text] of readText(page).matchAll(/^#+ (.+)$|^```sh\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    if (text === undefined) continue;
    const [first = ''] = text.split('\n');
    blocks.push({ page, needs: MARKERS[first] ?? 'nothing', heading, text });
  }
  return blocks;
}

/** The commands of a block, one per line unless a line goes on with a backslash or an open quote. Comments are left out. */
export function commandsOf(block: string): readonly string[] {
  const commands: string[] = [];
  let open = '';
  for (const line of block.split('\n')) {
    if (open === '' && (/^\s*#/.test(line) || line.trim() === '')) continue;
    open = open === '' ? line : `${open}\n${line}`;
    if (open.endsWith('\\')) continue;
    commands.push(open.replace(/\s{2,}# .*$/, ''));
    open = '';
  }
  return commands;
}

/** The commands in backticks, in text and tables: spans that begin with a program that an operator types. */
export function inlineCommands(page: string): readonly string[] {
  const text = readText(page).replace(/^```[\s\S]*?^```$/gm, '');
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span.replaceAll('\\|', '|'));
  return [...new Set(spans)].filter((span) =>
    /^(?:ops|redis|api|worker|release|docker|kubectl|npm|npx|node|curl|redis-cli|openssl|git|pnpm) \S|^\. deploy\//.test(
      span,
    ),
  );
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
