/**
 * Bull Board's validator names TypeScript as an optional peer for its types. pnpm takes the compiler at our root for it
 * and would deploy that with the API: a hundred megabytes that no running process reads.
 */
function readPackage(manifest) {
  if (manifest.name === 'valibot') {
    delete manifest.peerDependencies?.typescript;
    delete manifest.peerDependenciesMeta?.typescript;
  }
  return manifest;
}

module.exports = { hooks: { readPackage } };
