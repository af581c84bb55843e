import { Command } from 'commander';
import { checkLicenses, judgeAudit, readAudit, readDeployed, writeSboms } from './index.js';

const command = new Command('npm run supply-chain --')
  .description('Audits what we deploy, checks its licences, and writes a bill of materials per tier.')
  .argument('[directory]', 'where to write the bills of materials; by default dist/sbom')
  .option(
    '--audit-waived-because <reason>',
    'passes although the registry offers no audits; never over an advisory',
  )
  .option('--audit-registry <url>', 'the registry to ask for advisories; by default that of the installation')
  .parse();
const [directory = 'dist/sbom'] = command.args;
const { auditWaivedBecause, auditRegistry } = command.opts<{
  readonly auditWaivedBecause?: string;
  readonly auditRegistry?: string;
}>();
const say = (line: string) => void process.stdout.write(`${line}\n`);

const deployed = readDeployed();
const passed = [judgeAudit(readAudit(auditRegistry), say, auditWaivedBecause), checkLicenses(deployed, say)];
writeSboms(directory, deployed, say);
process.exitCode = passed.every(Boolean) ? 0 : 1;
