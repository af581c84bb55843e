import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { ROOT } from '../stack/repository.js';
import { packTarballs } from './index.js';

const command = new Command('npm run tarballs --')
  .description('Packs what strangers install from npm, to be installed from files.')
  .argument('[directory]', 'where to put them', join(ROOT, 'dist/tarballs'))
  .parse();
const [directory = ''] = command.processedArgs as string[];
const files = packTarballs(resolve(directory)).map(({ file }) => file);
process.stdout.write(`npm install ${files.join(' ')}\n`);
