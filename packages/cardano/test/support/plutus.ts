import { blake2b224, blake2b256, type ProtocolParameters } from '@x402-facilitator/cardano';
import * as cbor from './cbor-writer.js';
import { addressBytes } from './wallet.js';

/** A Plutus V3 program, flat-encoded by hand and wrapped as scripts are. */
export type PlutusScript = { readonly bytes: Uint8Array; readonly hash: Uint8Array };

const PLUTUS_V3 = 3;
const ENTERPRISE_SCRIPT = 0x70;

function plutusV3(flatHex: string): PlutusScript {
  const bytes = cbor.bytes(new Uint8Array(Buffer.from(flatHex, 'hex')));
  return { bytes, hash: blake2b224(Uint8Array.of(PLUTUS_V3, ...bytes)) };
}

/** `(program 1.1.0 (lam x (con unit ())))` */
export const ALWAYS_SUCCEEDS = plutusV3('0101002499');
/** `(program 1.1.0 (error))` */
export const ALWAYS_FAILS = plutusV3('01010061');

export function scriptAddressBytes(script: { readonly hash: Uint8Array }, networkId: 0 | 1): Uint8Array {
  return addressBytes(ENTERPRISE_SCRIPT | networkId, script.hash);
}

/** A redeemer map that spends the input of this index with the datum-less redeemer 0. */
export function spendRedeemers(index: number): cbor.Cbor {
  const budget = cbor.array([cbor.int(10_000), cbor.int(10_000_000)]);
  return cbor.map([[cbor.array([cbor.int(0), cbor.int(index)]), cbor.array([cbor.int(0), budget])]]);
}

/** The script data hash of a witness set with these redeemers, no datums and Plutus V3 scripts. */
export function scriptDataHash(redeemers: cbor.Cbor, { costModels }: ProtocolParameters): Uint8Array {
  const model = cbor.array((costModels.plutusV3 ?? []).map((cost) => cbor.int(cost)));
  return blake2b256(cbor.concat(redeemers, cbor.map([[cbor.int(2), model]])));
}
