import { nativeAssetId } from '@x402-facilitator/cardano';
import * as cbor from '../support/cbor-writer.js';
import { FEE, MERCHANT, PAYER, type PaymentChanges, PRICE } from '../support/payment.js';
import { TOKEN_POLICY } from '../support/tokens.js';
import { addressBytes } from '../support/wallet.js';
import { output, paying, withBody, withEncoding, withSpec } from './bend.js';
import { type Case, cases } from './case.js';
import * as rules from './rules.js';

const CODE = 'invalid_exact_cardano_payload_transaction_decode_failed';
const TOKEN = nativeAssetId(TOKEN_POLICY, '01');
const HASH_OF_NOTHING = cbor.bytes(new Uint8Array(32));

/** An output to the merchant whose amount is written by hand. */
function amount(value: cbor.Cbor): PaymentChanges {
  return paying(output(cbor.bytes(MERCHANT.addressBytes(0)), value));
}

/** An amount of 2 ADA and one asset under one policy, by hand. */
function assets(entries: readonly (readonly [cbor.Cbor, cbor.Cbor])[]): PaymentChanges {
  const policies = cbor.map([[cbor.bytes(cbor.hex(TOKEN_POLICY)), cbor.map(entries)]]);
  return amount(cbor.array([cbor.int(PRICE), policies]));
}

/** `[body, witness_set, auxiliary_data]` */
const OF_THREE: PaymentChanges = {
  encode: ({ body, witnessSet }) => Buffer.from(cbor.array([body, witnessSet, cbor.NULL])).toString('base64'),
};

const SIGNED_TWICE: PaymentChanges = withSpec({ signers: [PAYER, PAYER] });
const NO_ASSETS: PaymentChanges = amount(cbor.array([cbor.int(PRICE), cbor.map([])]));

/** The rule on the encoding. */
export const DECODE_CASES: readonly Case[] = [
  ...cases(
    { rule: rules.decode, expect: CODE },
    {
      'the base64 is of the URL alphabet': { encode: ({ base64 }) => base64.replace(/[A-Z]/, '_') },
      'the base64 is not padded': {
        encode: ({ bytes }) =>
          Buffer.from([...bytes, 0])
            .toString('base64')
            .replace(/=*$/, ''),
      },
      'the base64 holds a line break': {
        encode: ({ base64 }) => `${base64.slice(0, 76)}\n${base64.slice(76)}`,
      },
      'the base64 is a hundred thousand characters': { encode: () => 'A'.repeat(100_000) },
      'the bytes are not CBOR': { encode: () => Buffer.from('not a transaction').toString('base64') },
      'the last byte is missing': {
        encode: ({ bytes }) => Buffer.from(bytes.subarray(0, -1)).toString('base64'),
      },
      'a byte follows the transaction': {
        encode: ({ bytes }) => Buffer.from([...bytes, 0]).toString('base64'),
      },
      'the transaction is the body alone': { encode: ({ body }) => Buffer.from(body).toString('base64') },
      'the transaction states no phase-2 flag, as from protocol version 12 on': OF_THREE,
      'a key of the body is there twice': withSpec({ appendToBody: [[cbor.int(2), cbor.int(FEE)]] }),
      'a key of the body is unknown': withBody({ 6: cbor.map([]) }),
      'the reference inputs are empty': withBody({ 18: cbor.set([]) }),
      'an index does not fit 16 bits': withBody({
        0: cbor.set([cbor.array([HASH_OF_NOTHING, cbor.int(65_536)])]),
      }),
      'an input has three parts': withBody({
        0: cbor.set([cbor.array([HASH_OF_NOTHING, cbor.int(0), cbor.int(0)])]),
      }),
      'the fee is a big number in a tag': withBody({ 2: cbor.tag(2, cbor.bytes(cbor.hex('030d40'))) }),
      'the TTL is text': withBody({ 3: cbor.text('1000') }),
      'the network id is 2': withBody({ 15: cbor.int(2) }),
      'lovelace is negative': amount(cbor.int(-1)),
      'a quantity is zero': assets([[cbor.bytes(cbor.hex('01')), cbor.int(0)]]),
      'a quantity is negative': assets([[cbor.bytes(cbor.hex('01')), cbor.int(-1)]]),
      'an asset is there twice': assets([
        [cbor.bytes(cbor.hex('01')), cbor.int(1)],
        [cbor.bytes(cbor.hex('01')), cbor.int(1)],
      ]),
      'an asset name is longer than 32 bytes': assets([[cbor.bytes(new Uint8Array(33)), cbor.int(1)]]),
      'a policy has no asset': assets([]),
      'an address comes in chunks': paying(
        output(
          cbor.chunked([MERCHANT.addressBytes(0).subarray(0, 9), MERCHANT.addressBytes(0).subarray(9)]),
          cbor.int(PRICE),
        ),
      ),
      'an address is a stake address': paying(
        output(cbor.bytes(addressBytes(0xe0, cbor.hex(MERCHANT.keyHash))), cbor.int(PRICE)),
      ),
      'an address is of a network that does not exist': paying(
        output(cbor.bytes(addressBytes(0x62, cbor.hex(MERCHANT.keyHash))), cbor.int(PRICE)),
      ),
      'an address has a byte too many': paying(
        output(cbor.bytes(addressBytes(0x60, cbor.hex(MERCHANT.keyHash), cbor.hex('00'))), cbor.int(PRICE)),
      ),
      'an inline datum is not Plutus data': paying(
        cbor.map([
          [cbor.int(0), cbor.bytes(MERCHANT.addressBytes(0))],
          [cbor.int(1), cbor.int(PRICE)],
          [cbor.int(2), cbor.array([cbor.int(1), cbor.tag(24, cbor.bytes(cbor.text('datum')))])],
        ]),
      ),
      'the witness set has an unknown key': withSpec({ witnesses: { 8: cbor.set([cbor.int(0)]) } }),
      'a public key is 31 bytes': withSpec({
        witnesses: {
          0: cbor.set([cbor.array([cbor.bytes(new Uint8Array(31)), cbor.bytes(new Uint8Array(64))])]),
        },
      }),
      'the phase-2 flag is a number': withSpec({ isValid: cbor.int(1) }),
      'metadata text is longer than 64 bytes': withSpec({
        auxiliaryData: cbor.map([[cbor.int(1), cbor.text('x'.repeat(65))]]),
      }),
      'arrays are nested a thousand deep': withSpec({
        auxiliaryData: cbor.concat(new Uint8Array(1000).fill(0x81), cbor.int(0)),
      }),
    },
  ),
  ...cases(
    { rule: rules.decode, expect: 'verified' },
    {
      'every length is indefinite': withEncoding({ length: 'indefinite' }),
      'every integer has the longest head': withEncoding({ heads: 8 }),
      'sets carry no tag': withEncoding({ sets: 'untagged' }),
      'all of that at once': withEncoding({ length: 'indefinite', heads: 8, sets: 'untagged' }),
      'outputs are in the old array form': {
        transaction: ({ spec }) => ({
          ...spec,
          outputs: spec.outputs.map((out) =>
            out instanceof Uint8Array ? out : { ...out, form: 'array' as const },
          ),
        }),
      },
      'a token travels along in indefinite lengths': {
        funds: { lovelace: 10_000_000n, assets: [[TOKEN, 5n]] },
        transaction: ({ spec }) => ({ ...spec, encoding: { length: 'indefinite' } }),
      },
      'an amount names no assets': NO_ASSETS,
    },
  ),
  ...cases(
    { rule: rules.decode, expect: CODE, protocolVersion: 12 },
    {
      'a signature is there twice, at protocol version 12': SIGNED_TWICE,
      'an amount names no assets, at protocol version 12': NO_ASSETS,
    },
  ),
  ...cases(
    { rule: rules.decode, expect: 'verified', protocolVersion: 12 },
    {
      'the transaction states no phase-2 flag, at protocol version 12': OF_THREE,
      'the transaction states its phase-2 flag, at protocol version 12': {},
    },
  ),
];
