import { nativeAssetId } from '@x402-facilitator/cardano';
import * as cbor from '../support/cbor-writer.js';
import { FEE, MERCHANT, PAYER, type PaymentChanges, PRICE } from '../support/payment.js';
import { TOKEN_POLICY } from '../support/tokens.js';
import { buildTransaction, outRefCbor, type TransactionSpec } from '../support/transaction-builder.js';
import { addressBytes, addressText, walletOf } from '../support/wallet.js';
import { txHash, type World } from '../support/world.js';
import { output, paying, withBody, withSpec } from './bend.js';
import { type Case, cases } from './case.js';
import * as rules from './rules.js';

const P = 'invalid_exact_cardano_payload';
const STRANGER = walletOf('stranger');
const TOKEN = nativeAssetId(TOKEN_POLICY, '01');
const OTHER_TOKEN = nativeAssetId(TOKEN_POLICY, '02');
const HASH_OF_NOTHING = cbor.bytes(new Uint8Array(32));

const PAYER_KEY = cbor.bytes(cbor.hex(PAYER.keyHash));

/** Keeps the signature and changes something under it. */
function tampered(change: (spec: TransactionSpec) => TransactionSpec): PaymentChanges {
  return {
    transaction: ({ spec }) => {
      const { id } = buildTransaction(spec);
      return { ...change(spec), signedMessage: cbor.hex(id) };
    },
  };
}

function ttlAfter(seconds: number): PaymentChanges {
  return {
    transaction: ({ spec, world }) => ({ ...spec, ttl: world.nowMs / 1000 - 1_666_656_000 + seconds }),
  };
}

async function withSecondInput(world: World): Promise<PaymentChanges> {
  const other = await world.fund(STRANGER, { lovelace: 5_000_000n });
  return { nonce: () => `${other.outRef.txHash}#${other.outRef.index}` };
}

/** The nonce is named by another set of the body, not by its inputs. */
function nonceOnlyIn(bodyKey: number) {
  return async (world: World): Promise<PaymentChanges> => {
    const other = await world.fund(PAYER, { lovelace: 5_000_000n });
    return {
      nonce: () => `${other.outRef.txHash}#${other.outRef.index}`,
      transaction: ({ spec }) => ({ ...spec, body: { [bodyKey]: cbor.set([outRefCbor(other.outRef)]) } }),
    };
  };
}

const SMALL_ORDER_KEY = cbor.hex(`01${'00'.repeat(31)}`);
const SMALL_ORDER_SIGNATURE = cbor.hex(`01${'00'.repeat(63)}`);

/** Rules on the transaction that need nothing of the chain. */
export const TRANSACTION_CASES: readonly Case[] = [
  ...cases(
    { rule: rules.networkId, expect: `${P}_network_id_mismatch` },
    {
      'the body names another network': withBody({ 15: cbor.int(1) }),
      'the paying output is on mainnet': paying(
        output(cbor.bytes(MERCHANT.addressBytes(1)), cbor.int(PRICE)),
      ),
      'the change is on mainnet': {
        transaction: ({ spec, source }) => ({
          ...spec,
          outputs: [
            ...spec.outputs.slice(0, 1),
            { address: PAYER.addressBytes(1), lovelace: source.lovelace - PRICE - FEE },
          ],
        }),
      },
      'the collateral return is on mainnet': withBody({
        16: output(cbor.bytes(PAYER.addressBytes(1)), cbor.int(2_000_000)),
      }),
    },
  ),
  ...cases(
    { rule: rules.networkId, expect: 'verified' },
    { 'the body names this network': withBody({ 15: cbor.int(0) }) },
  ),
  ...cases(
    { rule: rules.signed, expect: `${P}_unsigned` },
    { 'it is not signed': withSpec({ signers: [] }) },
  ),
  ...cases(
    { rule: rules.signatures, expect: `${P}_invalid_signature` },
    {
      'the signature is over other bytes': withSpec({ signedMessage: new Uint8Array(32) }),
      'the fee was changed after signing': tampered((spec) => ({ ...spec, fee: spec.fee + 1n })),
      'the body was encoded again after signing': tampered((spec) => ({
        ...spec,
        encoding: { sets: 'untagged' },
      })),
      'one of two signatures is wrong': {
        transaction: ({ spec }) => {
          const id = cbor.hex(buildTransaction(spec).id);
          const signature = (key: Uint8Array, message: Uint8Array) =>
            cbor.array([cbor.bytes(key), cbor.bytes(PAYER.sign(message))]);
          const witnesses = [signature(PAYER.publicKey, id), signature(STRANGER.publicKey, id)];
          return { ...spec, signers: [], witnesses: { 0: cbor.set(witnesses) } };
        },
      },
      'the key is of small order, so that anyone can sign for it': withSpec({
        signers: [],
        witnesses: {
          0: cbor.set([cbor.array([cbor.bytes(SMALL_ORDER_KEY), cbor.bytes(SMALL_ORDER_SIGNATURE)])]),
        },
      }),
    },
  ),
  ...cases(
    { rule: rules.bodyConsistency, expect: `${P}_phase1_invalid` },
    {
      'there are no inputs': { transaction: ({ spec }) => ({ ...spec, inputs: [] }) },
      'an input is there twice in a tagged set': {
        transaction: ({ spec }) => ({ ...spec, inputs: [...spec.inputs, ...spec.inputs] }),
      },
      'an input is there twice in an array': {
        transaction: ({ spec }) => ({
          ...spec,
          inputs: [...spec.inputs, ...spec.inputs],
          encoding: { sets: 'untagged' },
        }),
      },
      'an input is also a reference input': {
        transaction: ({ spec, source }) => ({ ...spec, body: { 18: cbor.set([outRefCbor(source.outRef)]) } }),
      },
      'the inputs are more than this deployment allows': {
        transaction: ({ spec }) => ({
          ...spec,
          inputs: [
            ...spec.inputs,
            ...Array.from({ length: 256 }, (_, index) => ({ txHash: txHash('many'), index })),
          ],
        }),
      },
      'a required signer is there twice in a tagged set': withBody({ 14: cbor.set([PAYER_KEY, PAYER_KEY]) }),
      'a required signer is there twice in an array': withBody({ 14: cbor.array([PAYER_KEY, PAYER_KEY]) }),
      'auxiliary data is named and not there': withBody({ 7: HASH_OF_NOTHING }),
      'auxiliary data is there and named by another hash': withSpec({
        auxiliaryData: cbor.map([[cbor.int(674), cbor.text('hello')]]),
        body: { 7: HASH_OF_NOTHING },
      }),
      'auxiliary data is there and not named': {
        encode: ({ body, witnessSet }) =>
          Buffer.from(cbor.array([body, witnessSet, cbor.TRUE, cbor.map([])])).toString('base64'),
      },
    },
  ),
  ...cases(
    { rule: rules.bodyConsistency, expect: 'verified' },
    {
      'auxiliary data is there and named': withSpec({
        auxiliaryData: cbor.map([[cbor.int(674), cbor.text('hello')]]),
      }),
      'auxiliary data is in the form from Mary': withSpec({
        auxiliaryData: cbor.array([
          cbor.map([[cbor.int(1), cbor.bytes(new Uint8Array(64))]]),
          cbor.array([]),
        ]),
      }),
      'the payer is a required signer': withBody({ 14: cbor.set([PAYER_KEY]) }),
    },
  ),
  ...cases(
    { rule: rules.nonceInInputs, expect: `${P}_nonce_not_in_inputs` },
    {
      'the nonce is an output that the transaction does not name': withSecondInput,
      'the nonce is a reference input only': nonceOnlyIn(18),
      'the nonce is a collateral input only': nonceOnlyIn(13),
    },
  ),
  ...cases(
    { rule: rules.phase2Flag, expect: `${P}_phase2_invalid` },
    {
      'the phase-2 flag is false': withSpec({ isValid: cbor.FALSE }),
    },
  ),
  ...cases(
    { rule: rules.validityInterval, expect: `${P}_ttl_expired` },
    {
      'the TTL has passed': ttlAfter(-1),
      'the TTL is now: its slot is the first that is too late': ttlAfter(0),
      'the TTL leaves less than the grace buffer': ttlAfter(29),
    },
  ),
  ...cases(
    { rule: rules.validityInterval, expect: `${P}_ttl_too_far` },
    {
      'the TTL is a minute beyond the timeout': ttlAfter(660),
      'there is no TTL': { transaction: ({ spec: { ttl: _, ...spec } }) => spec },
      'the TTL is the largest number': withSpec({ ttl: 2n ** 64n - 1n }),
    },
  ),
  ...cases(
    {
      rule: rules.validityInterval,
      expect: `${P}_ttl_too_far`,
      because: '1 s later: is the payer’s clock ahead?',
    },
    { 'the TTL is a second beyond the timeout': ttlAfter(601) },
  ),
  ...cases(
    { rule: rules.validityInterval, expect: `${P}_not_yet_valid` },
    {
      'the validity starts in a minute': {
        transaction: ({ spec }) => ({ ...spec, body: { 8: cbor.int(BigInt(spec.ttl ?? 0) - 240n) } }),
      },
    },
  ),
  ...cases(
    { rule: rules.validityInterval, expect: 'verified' },
    {
      'the TTL is exactly at the timeout': ttlAfter(600),
      'the TTL leaves exactly the grace buffer': ttlAfter(30),
      'the validity starts now': {
        transaction: ({ spec }) => ({ ...spec, body: { 8: cbor.int(BigInt(spec.ttl ?? 0) - 300n) } }),
      },
    },
  ),
  ...cases(
    { rule: rules.plainPayment, expect: `${P}_phase1_invalid` },
    {
      'it mints': withBody({
        9: cbor.map([
          [cbor.bytes(cbor.hex(TOKEN_POLICY)), cbor.map([[cbor.bytes(cbor.hex('01')), cbor.int(1)]])],
        ]),
      }),
      'it withdraws': withBody({
        5: cbor.map([[cbor.bytes(addressBytes(0xe0, cbor.hex(PAYER.keyHash))), cbor.int(0)]]),
      }),
      'it carries a certificate': withBody({
        4: cbor.set([
          cbor.array([
            cbor.int(7),
            cbor.array([cbor.int(0), cbor.bytes(cbor.hex(PAYER.keyHash))]),
            cbor.int(2_000_000),
          ]),
        ]),
      }),
      'it votes': withBody({
        19: cbor.map([
          [
            cbor.array([cbor.int(2), cbor.bytes(cbor.hex(PAYER.keyHash))]),
            cbor.map([[cbor.array([HASH_OF_NOTHING, cbor.int(0)]), cbor.array([cbor.int(1), cbor.NULL])]]),
          ],
        ]),
      }),
      'it proposes': withBody({
        20: cbor.set([
          cbor.array([
            cbor.int(100_000_000_000),
            cbor.bytes(addressBytes(0xe0, cbor.hex(PAYER.keyHash))),
            cbor.array([cbor.int(6)]),
            cbor.array([cbor.text('https://example.com'), HASH_OF_NOTHING]),
          ]),
        ]),
      }),
      'it donates': withBody({ 22: cbor.int(1) }),
      'it states the value of the treasury': withBody({ 21: cbor.int(1) }),
    },
  ),
  ...cases(
    { rule: rules.payment, expect: `${P}_recipient_mismatch` },
    {
      'the payment goes to another address': paying(
        output(cbor.bytes(STRANGER.addressBytes(0)), cbor.int(PRICE)),
      ),
      'the payment goes to the payee’s key beside a foreign stake key': paying(
        output(
          cbor.bytes(addressBytes(0x00, cbor.hex(MERCHANT.keyHash), cbor.hex(STRANGER.keyHash))),
          cbor.int(PRICE),
        ),
      ),
      'there are no outputs': withSpec({ outputs: [] }),
    },
  ),
  ...cases(
    { rule: rules.payment, expect: `${P}_asset_mismatch` },
    {
      'lovelace is paid where a token is asked for': { requirements: { asset: TOKEN, amount: '1' } },
      'another token of the same policy is paid': {
        requirements: { asset: TOKEN, amount: '1' },
        funds: { assets: [[OTHER_TOKEN, 5n]] },
        transaction: ({ spec, source }) => ({
          ...spec,
          outputs: [
            { address: MERCHANT.addressBytes(0), lovelace: PRICE, assets: [[TOKEN_POLICY, '02', 5n]] },
            { address: PAYER.addressBytes(0), lovelace: source.lovelace - PRICE - FEE },
          ],
        }),
      },
    },
  ),
  ...cases(
    { rule: rules.payment, expect: `${P}_amount_insufficient` },
    {
      'one lovelace is missing': { requirements: { amount: `${PRICE + 1n}` } },
      'the amount is split over two outputs': {
        requirements: { amount: `${2n * PRICE}` },
        transaction: ({ spec, source }) => ({
          ...spec,
          outputs: [
            { address: MERCHANT.addressBytes(0), lovelace: PRICE },
            { address: MERCHANT.addressBytes(0), lovelace: PRICE },
            { address: PAYER.addressBytes(0), lovelace: source.lovelace - 2n * PRICE - FEE },
          ],
        }),
      },
    },
  ),
  ...cases(
    { rule: rules.payment, expect: 'verified' },
    {
      'more is paid than is asked for': { requirements: { amount: `${PRICE - 1n}` } },
      'payTo is spelled in upper case': { requirements: { payTo: MERCHANT.address(0).toUpperCase() } },
      'payTo is a pointer address': {
        requirements: {
          payTo: addressText(addressBytes(0x40, cbor.hex(MERCHANT.keyHash), cbor.hex('81020304'))),
        },
        ...paying(
          output(
            cbor.bytes(addressBytes(0x40, cbor.hex(MERCHANT.keyHash), cbor.hex('81020304'))),
            cbor.int(PRICE),
          ),
        ),
      },
      'a token is paid': {
        requirements: { asset: TOKEN, amount: '3' },
        funds: { assets: [[TOKEN, 5n]] },
        transaction: ({ spec, source }) => ({
          ...spec,
          outputs: [
            { address: MERCHANT.addressBytes(0), lovelace: PRICE, assets: [[TOKEN_POLICY, '01', 3n]] },
            {
              address: PAYER.addressBytes(0),
              lovelace: source.lovelace - PRICE - FEE,
              assets: [[TOKEN_POLICY, '01', 2n]],
            },
          ],
        }),
      },
    },
  ),
  ...cases(
    { rule: rules.feeMaximum, expect: `${P}_fee_above_maximum` },
    {
      'the fee is above this deployment’s limit': {
        transaction: ({ spec, source }) => ({
          ...spec,
          outputs: [
            ...spec.outputs.slice(0, 1),
            { address: PAYER.addressBytes(0), lovelace: source.lovelace - PRICE - 5_000_001n },
          ],
          fee: 5_000_001n,
        }),
      },
    },
  ),
];
