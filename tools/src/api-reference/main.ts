import { join } from 'node:path';
import { Command } from 'commander';
import { ROOT } from '../stack/repository.js';
import { writeApiReference } from './write-api-reference.js';

const command = new Command('npm run api-reference --')
  .description(
    'Writes the API reference of the packages on npm, in Markdown, from their docstrings. An export without one fails.',
  )
  .argument('[directory]', 'where to write it', 'dist/api-reference')
  .parse();
const [directory = ''] = command.processedArgs as string[];
const { warnings } = await writeApiReference(join(ROOT, directory));
if (warnings > 0) process.exitCode = 1;
else process.stdout.write(`api-reference: ${directory}/README.md\n`);
