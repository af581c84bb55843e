import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as cbor from '../support/cbor-writer.js';
import { scriptOf } from '../support/ledger-draft.js';

/** What people read. */
export const SOURCE = fileURLToPath(new URL('channel-validator.scm', import.meta.url));
/** What it compiles to: the flat program as hex. */
export const COMPILED = fileURLToPath(new URL('channel-validator.flat.hex', import.meta.url));

/** The script of the devnet's channels, with its hash and address. */
export const CHANNEL_VALIDATOR = scriptOf(
  'plutusV3',
  cbor.bytes(cbor.hex(readFileSync(COMPILED, 'utf8').trim())),
);
