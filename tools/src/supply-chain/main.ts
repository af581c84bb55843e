import { Command } from 'commander';
import { auditDependencies, checkLicenses, readDeployed, writeSboms } from './index.js';

const [directory = 'dist/sbom'] = new Command('npm run supply-chain --')
  .description('Audits what we deploy, checks its licences, and writes a bill of materials per tier.')
  .argument('[directory]', 'where to write the bills of materials; by default dist/sbom')
  .parse().args;
const say = (line: string) => void process.stdout.write(`${line}\n`);

const deployed = readDeployed();
const passed = [auditDependencies(say), checkLicenses(deployed, say)];
writeSboms(directory, deployed, say);
process.exitCode = passed.every(Boolean) ? 0 : 1;
