export { ACCEPTED_LICENSES, findUnacceptedLicenses } from './check-licenses.js';
export { type Advisory, type Audit, readAdvisories } from './read-advisories.js';
export { type DeployedPackage, readDeployedPackages, TIERS, type Tier } from './read-packages.js';
export {
  checkLicenses,
  type Deployed,
  judgeAudit,
  readAudit,
  readDeployed,
  writeSboms,
} from './run-supply-chain.js';
export { writeSbom } from './write-sbom.js';
