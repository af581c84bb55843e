import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { validatorOf } from '@x402-facilitator/cardano/channels';
import { encodeBytes, fromHex } from '@x402-facilitator/cardano/ledger';
import { ROOT } from '../stack/index.js';

/** The repository's own validator (docs/channels.md): the flat program as hex. */
const COMPILED = 'packages/cardano/test/channel-validator/channel-validator.flat.hex';

/** The validator that guards the demo's channel. */
export async function readValidator() {
  const flat = fromHex((await readFile(join(ROOT, COMPILED), 'utf8')).trim());
  if (flat === undefined) throw new Error(`Expected ${COMPILED} to be hex`);
  return validatorOf(encodeBytes(flat));
}
