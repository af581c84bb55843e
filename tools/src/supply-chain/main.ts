import { auditDependencies, checkLicenses, readDeployed, writeSboms } from './index.js';

/** `npm run supply-chain [-- DIRECTORY]`: audit, licences, and an SBOM per tier in DIRECTORY. */
const [directory = 'dist/sbom'] = process.argv.slice(2);
const say = (line: string) => void process.stdout.write(`${line}\n`);

const deployed = readDeployed();
const passed = [auditDependencies(say), checkLicenses(deployed, say)];
writeSboms(directory, deployed, say);
process.exitCode = passed.every(Boolean) ? 0 : 1;
