import * as cbor from '../../support/cbor-writer.js';
import { datumAddressOf } from '../../support/internals.js';
import { addressOn, LOCK_PRICE, SELLER } from '../../support/masumi.js';
import {
  AGENT,
  baseAddress,
  cases,
  datum,
  later,
  P,
  POLICY_ID,
  SCRIPT_HASH,
  STRANGER,
  scriptAddress,
  scriptStakeAddress,
  TOKEN_FUNDS,
  terms,
  WITH_TOKENS,
} from './case.js';

/** Transactions that do not lock what the requirements say. */
export const LOCK_CASES = [
  ...cases(`${P}_escrow_output_count`, {
    'two outputs at the escrow': [
      'found 2',
      {
        transaction: (spec) => {
          const [lock, change] = spec.outputs;
          if (lock === undefined || change === undefined || change instanceof Uint8Array)
            throw new Error('no lock');
          return { ...spec, outputs: [lock, lock, { ...change, lovelace: change.lovelace - LOCK_PRICE }] };
        },
        funds: { lovelace: 20_000_000n },
      },
    ],
  }),
  ...cases(`${P}_datum_missing`, {
    'no datum': ['found no datum', { output: ({ extra: _datum, ...output }) => output }],
    'the hash of a datum': [
      'the hash of one',
      {
        output: (output) => ({
          ...output,
          extra: [[2, cbor.array([cbor.int(0), cbor.bytes(new Uint8Array(32))])]],
        }),
      },
    ],
  }),
  ...cases(`${P}_reference_script`, {
    'a reference script': [
      'reference script',
      {
        output: (output) => {
          const native = cbor.array([cbor.int(0), cbor.array([cbor.int(0), cbor.bytes(SCRIPT_HASH)])]);
          return { ...output, extra: [...(output.extra ?? []), [3, cbor.tag(24, cbor.bytes(native))]] };
        },
      },
    ],
  }),
  ...cases(`${P}_datum_invalid`, {
    'a datum of another form': ['of 19 fields', { datumCbor: () => cbor.hex('d8799f182aff') }],
    'a datum with a field more': [
      'of 19 fields',
      {
        datumCbor: (usual) => cbor.concat(usual.slice(0, -1), cbor.int(0), cbor.hex('ff')),
      },
    ],
    'a buyer hash of 27 bytes': [
      'buyer: expected a hash of 28 bytes',
      {
        datum: (usual) => ({
          ...usual,
          buyer: { ...usual.buyer, payment: { kind: 'key', hash: '11'.repeat(27) } },
        }),
      },
    ],
    'another state': ['expected state to be 0', datum({ state: 1n })],
    'a state with a field': [
      'state: expected a constructor without fields',
      {
        datumCbor: (usual) => cbor.concat(usual.slice(0, -4), cbor.hex('d8799f00ff'), cbor.hex('ff')),
      },
    ],
    'a result that is there already': ['result_hash', datum({ result_hash: '44'.repeat(32) })],
    'a cooldown of the seller': ['seller_cooldown_time', datum({ seller_cooldown_time: 1n })],
    'a cooldown of the buyer': ['buyer_cooldown_time', datum({ buyer_cooldown_time: 1n })],
    'a buyer that is a script': [
      'buyer to have key credentials',
      (world) => datum({ buyer: datumAddressOf(addressOn(world, scriptAddress)) }),
    ],
    'a buyer who wants it back at the escrow': [
      'buyer_return_address to have key credentials',
      (world) =>
        datum({
          buyer_return_address: datumAddressOf(
            addressOn(world, 'addr_test1wzs4e6wc95hkwezlccjw9mdvq0r0rsgx6zk34avptga3ftgn37w4g'),
          ),
        }),
    ],
    'a return address whose stake is a script': [
      'buyer_return_address to have key credentials',
      (world) => datum({ buyer_return_address: datumAddressOf(addressOn(world, scriptStakeAddress)) }),
    ],
    'buyer and seller paid at the same address': [
      'different addresses',
      (world) => datum({ buyer_return_address: datumAddressOf(addressOn(world, SELLER.address(0))) }),
    ],
  }),
  ...cases(`${P}_datum_mismatch`, {
    'another seller': [
      'expected seller to be',
      (world) => datum({ seller: datumAddressOf(addressOn(world, STRANGER.address(0))) }),
    ],
    'the seller with a stake that the terms do not have': [
      'expected seller to be',
      (world) => datum({ seller: datumAddressOf(addressOn(world, baseAddress)) }),
    ],
    'a return address of the seller that the terms do not have': [
      'seller_return_address to be absent',
      (world) => datum({ seller_return_address: datumAddressOf(addressOn(world, STRANGER.address(0))) }),
    ],
    'no return address of the seller though the terms have one': [
      'seller_return_address to be addr_test',
      {
        terms: { sellerReturnAddress: baseAddress },
        datum: (usual) => ({ ...usual, seller_return_address: undefined }),
      },
    ],
    'another key': ['reference_key', datum({ reference_key: 'a10101' })],
    'another signature': ['reference_signature', datum({ reference_signature: '55'.repeat(16) })],
    'another seller nonce': ['seller_nonce', datum({ seller_nonce: '6e'.repeat(32) })],
    'another buyer nonce': ['buyer_nonce', datum({ buyer_nonce: '01020304050607' })],
    'an agent that the terms do not claim': ['agent_identifier', datum({ agent_identifier: AGENT })],
    'another input hash': ['input_hash', datum({ input_hash: '44'.repeat(32) })],
    'another deadline to pay': ['pay_by_time', (world) => datum({ pay_by_time: BigInt(later(world, 11)) })],
    'another deadline for the result': [
      'submit_result_time',
      (world) => datum({ submit_result_time: BigInt(later(world, 31)) }),
    ],
    'another unlock time': ['unlock_time', (world) => datum({ unlock_time: BigInt(later(world, 61)) })],
    'another dispute time': [
      'external_dispute_unlock_time',
      (world) => datum({ external_dispute_unlock_time: BigInt(later(world, 91)) }),
    ],
    'a buyer who has not signed': [
      'signature by the buyer',
      (world) => datum({ buyer: datumAddressOf(addressOn(world, STRANGER.address(0))) }),
    ],
    'a buyer who has signed but does not own the nonce': [
      'expected the nonce to belong',
      {
        datum: (usual) => ({
          ...usual,
          buyer: { payment: { kind: 'key', hash: STRANGER.keyHash }, stake: undefined },
        }),
        transaction: (spec) => ({ ...spec, signers: [...(spec.signers ?? []), STRANGER] }),
      },
    ],
  }),
  ...cases(`${P}_datum_invalid`, {
    'a reference signature of 15 bytes': [
      'reference_signature of at least 16',
      datum({ reference_signature: '55'.repeat(15) }),
    ],
  }),
  ...cases(`${P}_deadline`, {
    'the lock could be included after the deadline to pay': [
      'pay_by_time',
      (world) => terms({ payByTime: `${world.nowMs + 299_000}` }),
    ],
    'the lock has no TTL': [
      'a TTL at or before pay_by_time, found none',
      { transaction: ({ ttl: _none, ...spec }) => spec },
    ],
    'a result due less than five minutes after paying': [
      'terms.submitResultTime: expected at least',
      (world) => terms({ submitResultTime: later(world, 14) }),
    ],
    'an unlock less than fifteen minutes after the result': [
      'terms.unlockTime: expected at least',
      (world) => terms({ unlockTime: later(world, 44) }),
    ],
    'a dispute less than fifteen minutes after the unlock': [
      'terms.externalDisputeUnlockTime: expected at least',
      (world) => terms({ externalDisputeUnlockTime: later(world, 74) }),
    ],
  }),
  ...cases(`${P}_collateral`, {
    'a collateral below the least': [
      'at least 1435230',
      {
        datum: (usual) => ({ ...usual, collateral_return_lovelace: 1_435_229n }),
        output: (output) => ({ ...output, lovelace: LOCK_PRICE + 1_435_229n }),
        funds: { lovelace: 20_000_000n },
      },
    ],
    'a collateral below zero': ['0 or at least', datum({ collateral_return_lovelace: -1n })],
    'more lovelace than price and collateral': [
      'collateral lovelace in the escrow output',
      {
        output: (output) => ({ ...output, lovelace: output.lovelace + 1n }),
      },
    ],
    'a collateral that is not there': [
      'collateral lovelace in the escrow output',
      datum({ collateral_return_lovelace: 1_435_230n }),
    ],
  }),
  ...cases(`${P}_asset`, {
    'more tokens than the price': [
      'expected exactly 10',
      {
        ...WITH_TOKENS,
        output: (output) => ({ ...output, assets: [[POLICY_ID, '01', 11n]] }),
      },
    ],
    'another token beside lovelace': [
      'no native assets',
      {
        funds: TOKEN_FUNDS,
        output: (output) => ({ ...output, assets: [[POLICY_ID, '01', 1n]] }),
      },
    ],
  }),
  ...cases(`${P}_min_utxo`, {
    'too little to hold the result one day': [
      'with its result',
      {
        amount: 2_500_000n,
      },
    ],
    'tokens with too little collateral to hold the result one day': [
      'with its result',
      {
        ...WITH_TOKENS,
        datum: (usual) => ({ ...usual, collateral_return_lovelace: 3_000_000n }),
        output: (output) => ({ ...output, lovelace: 3_000_000n }),
      },
    ],
  }),
];
