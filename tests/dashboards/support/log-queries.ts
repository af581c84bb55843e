import { readText } from '../../deploy/support/files.js';
import { codeBlocks } from '../../deploy/support/runbook.js';

/** The queries of docs/operations/watch.md: one per line, each below a comment that says what it finds. */
export function logQueries(): readonly string[] {
  return codeBlocks(readText('docs/operations/watch.md'), 'logql')
    .flatMap((block) => block.split('\n'))
    .filter((line) => line !== '' && !line.startsWith('#'));
}
