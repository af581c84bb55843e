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
process.stderr.write('Packed. In the folder of your shop, after npm init -y, type:\n\n');
process.stdout.write(`npm install ${files.join(' ')} @x402/core @x402/express express\n`);
process.stderr.write('\nThen go on with "Sell in five minutes" of docs/integrating.md, at shop.mjs.\n');
