import { auditDependencies, checkLicenses, writeSboms } from './index.js';

/** `npm run supply-chain [-- DIRECTORY]`: audit, licences, and an SBOM per tier in DIRECTORY. */
const [directory = 'dist/sbom'] = process.argv.slice(2);
const say = (line: string) => void process.stdout.write(`${line}\n`);

const passed = [auditDependencies(say), checkLicenses(say)];
writeSboms(directory, say);
process.exitCode = passed.every(Boolean) ? 0 : 1;
