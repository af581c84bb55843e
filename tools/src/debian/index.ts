export { findProgram, USUAL_PLACES } from './find-program.js';
export {
  type Installation,
  type InstallOptions,
  installPackage,
  type SystemPackage,
} from './install-package.js';
