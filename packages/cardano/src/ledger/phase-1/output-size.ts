import { encodeHead } from '../cbor/index.js';
import type { Value } from '../transaction/transaction.js';
import { allOutputs } from './inputs-and-outputs.js';
import { type LedgerFailure, phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** The ledger writes maps of more entries than this in indefinite length. */
const LONGEST_DEFINITE_MAP = 23;
const MAX_BYRON_ATTRIBUTES = 64;
const POLICY_ID_BYTES = 28;

function headSize(argument: bigint): number {
  return encodeHead(0, argument).length;
}

function bytesSize(length: number): number {
  return headSize(BigInt(length)) + length;
}

function mapFrameSize(entries: number): number {
  return entries <= LONGEST_DEFINITE_MAP ? 1 : 2;
}

/**
 * The bytes of a value in the ledger's own encoding, however the transaction wrote it.
 *
 * @example
 * valueSize({ lovelace: lovelace(2_000_000n), assets: new Map() }); // 5
 */
export function valueSize({ lovelace, assets }: Value): number {
  if (assets.size === 0) return headSize(lovelace);
  const namesByPolicy = new Map<string, number>();
  let size = 1 + headSize(lovelace);
  for (const [asset, quantity] of assets) {
    const [policyId = '', name = ''] = asset.split('.');
    namesByPolicy.set(policyId, (namesByPolicy.get(policyId) ?? 0) + 1);
    size += bytesSize(name.length / 2) + headSize(quantity);
  }
  for (const names of namesByPolicy.values()) size += bytesSize(POLICY_ID_BYTES) + mapFrameSize(names);
  return size + mapFrameSize(namesByPolicy.size);
}

/** No output's value is too large, and no Byron address's attributes are. */
export const outputSize: Phase1Rule = {
  name: 'values and addresses are not too large',
  predicates: ['OutputTooBigUTxO', 'OutputBootAddrAttrsTooBig'],
  source: 'Alonzo Utxo `validateOutputTooBigUTxO`; Shelley Utxo `validateOutputBootAddrAttrsTooBig`',
  check({ transaction, parameters }) {
    const failures: LedgerFailure[] = [];
    for (const output of allOutputs(transaction)) {
      const size = valueSize(output);
      if (size > parameters.maxValueBytes) {
        const message = `expected values of at most ${parameters.maxValueBytes} bytes, found one of ${size}`;
        failures.push(phase1('OutputTooBigUTxO', message));
      }
      const { parsedAddress } = output;
      if (parsedAddress.kind === 'byron' && parsedAddress.attributesLength > MAX_BYRON_ATTRIBUTES) {
        const found = `found ${parsedAddress.attributesLength} in ${output.address}`;
        const message = `expected Byron address attributes of at most ${MAX_BYRON_ATTRIBUTES} bytes, ${found}`;
        failures.push(phase1('OutputBootAddrAttrsTooBig', message));
      }
    }
    return failures;
  },
};
