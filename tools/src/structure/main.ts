import { Command } from 'commander';
import { ROOT } from '../stack/repository.js';
import { findStructure, printStructure, readWorkspace } from './index.js';

const { check } = new Command('npm run structure --')
  .description(
    'Prints packages by level, their rooms, exports that no other package uses, and circles of imports.',
  )
  .option('--check', 'exit with 1 when there is an unused export or a circle', false)
  .parse()
  .opts<{ check: boolean }>();

const structure = findStructure(readWorkspace(ROOT));
process.stdout.write(printStructure(structure));
if (check && structure.unused.length + structure.circles.length > 0) process.exitCode = 1;
