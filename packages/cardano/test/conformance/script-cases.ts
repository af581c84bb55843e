import { blake2b224, toHex } from '@x402-facilitator/cardano';
import * as cbor from '../support/cbor-writer.js';
import { MERCHANT, type PaymentChanges, PRICE } from '../support/payment.js';
import { ALWAYS_SUCCEEDS, scriptAddressBytes } from '../support/plutus.js';
import { hashByLucid, nativeScriptOf, PARAMETERIZED_CODE, PARAMETERS } from '../support/scripts.js';
import { addressBytes, addressText } from '../support/wallet.js';
import { type Case, cases } from './case.js';
import * as rules from './rules.js';

const P = 'invalid_exact_cardano_payload';
const R = 'invalid_exact_cardano_requirements';
const CODE = toHex(ALWAYS_SUCCEEDS.bytes);
const HASH = toHex(ALWAYS_SUCCEEDS.hash);
const INLINE = { type: 'plutusV3', code: CODE };
/** A delayed error, delayed again and again. */
const DEEP = cbor.bytes(cbor.hex(`010100${'11'.repeat(60_000)}61`));
const NATIVE = nativeScriptOf(MERCHANT.keyHash);
const PARAMETERIZED = { type: 'plutusV3', code: PARAMETERIZED_CODE };
const PARAMETERIZED_HASH = hashByLucid('PlutusV3', PARAMETERIZED_CODE, PARAMETERS.lucid);
/** `Constr 0 [42]`, with a list of indefinite and of definite length. */
const DATUM = 'd8799f182aff';
const DATUM_IN_ANOTHER_ENCODING = 'd87981182a';
const OTHER_DATUM = 'd8799f182bff';

/** A program of nothing but delays around an error. */
const DEEP_CODE = `010100${'11'.repeat(60_000)}61`;

function hashOfV3(program: string): string {
  return toHex(blake2b224(Uint8Array.of(3, ...cbor.bytes(cbor.hex(program)))));
}

type Datum = { readonly inline: string } | { readonly hash: string };

function datumField(datum: Datum | undefined): readonly (readonly [number, cbor.Cbor])[] {
  if (datum === undefined) return [];
  const option =
    'inline' in datum
      ? cbor.array([cbor.int(1), cbor.tag(24, cbor.bytes(cbor.hex(datum.inline)))])
      : cbor.array([cbor.int(0), cbor.bytes(cbor.hex(datum.hash))]);
  return [[2, option]];
}

/** A payment to a script's address under these requirements, with these datums on one output each. */
function locking(
  extra: Readonly<Record<string, unknown>>,
  {
    hash = HASH,
    datums = [undefined],
  }: { readonly hash?: string; readonly datums?: readonly (Datum | undefined)[] } = {},
): PaymentChanges {
  const address = scriptAddressBytes({ hash: cbor.hex(hash) }, 0);
  return {
    requirements: {
      payTo: addressText(address),
      extra: { assetTransferMethod: 'script', ...extra },
    },
    transaction: ({ spec, source }) => {
      const locked = datums.map((datum) => ({ address, lovelace: PRICE, extra: datumField(datum) }));
      const change = source.lovelace - PRICE * BigInt(locked.length) - spec.fee;
      return {
        ...spec,
        outputs: [...locked, { address: addressOfPayer(spec.outputs[1]), lovelace: change }],
      };
    },
  };
}

function addressOfPayer(output: unknown): Uint8Array {
  if (
    typeof output === 'object' &&
    output !== null &&
    'address' in output &&
    output.address instanceof Uint8Array
  )
    return output.address;
  throw new Error('a draft’s second output is the change');
}

const parameters = (...values: readonly unknown[]) => ({
  script: PARAMETERIZED,
  parameters: Object.fromEntries(values.map((value, at) => [`p${at}`, value])),
});

/** The transfer method’s own rules, for scripts. */
export const SCRIPT_CASES: readonly Case[] = [
  ...cases(
    { rule: rules.transferMethod, expect: R },
    {
      'the script hash is in upper case': locking({ scriptHash: HASH.toUpperCase() }),
      'the script hash is too short': locking({ scriptHash: HASH.slice(2) }),
      'the script is text': locking({ script: CODE }),
      'the script is of an unknown language': locking({ script: { type: 'plutusV9', code: CODE } }),
      'the script has no code': locking({ script: { type: 'plutusV3', code: '' } }),
      'the code is not hex': locking({ script: { type: 'plutusV3', code: 'zz' } }),
      'the code is not a program': locking({ script: { type: 'plutusV3', code: 'deadbeef' } }),
      'the code is larger than any script': locking({
        script: { type: 'plutusV3', code: '00'.repeat(65_537) },
      }),
      'the code of a native script is other CBOR': locking({ script: { type: 'native', code: '8200' } }),
      'a native script has parameters': locking({
        script: { type: 'native', code: toHex(NATIVE.bytes) },
        parameters: { p: { type: 'integer', value: 1 } },
      }),
      'the parameters are a list': locking({ script: INLINE, parameters: [] }),
      'a parameter is not an object': locking(parameters(1)),
      'a parameter is of an unknown type': locking(parameters({ type: 'map', value: {} })),
      'bytes are in upper case': locking(parameters({ type: 'bytes', value: 'AB' })),
      'bytes are half a byte': locking(parameters({ type: 'bytes', value: 'abc' })),
      'a string is a number': locking(parameters({ type: 'string', value: 1 })),
      'an integer has a leading zero': locking(parameters({ type: 'integer', value: '042' })),
      'an integer has a plus sign': locking(parameters({ type: 'integer', value: '+42' })),
      'an integer is minus zero': locking(parameters({ type: 'integer', value: '-0' })),
      'an integer is a fraction': locking(parameters({ type: 'integer', value: 4.2 })),
      'an integer is a number that lost digits': locking(parameters({ type: 'bigint', value: 2 ** 60 })),
      'an integer has a thousand digits': locking(parameters({ type: 'bigint', value: '9'.repeat(1000) })),
      'a boolean is text': locking(parameters({ type: 'boolean', value: 'true' })),
      'there are sixty-five parameters': locking(
        parameters(...Array.from({ length: 65 }, () => ({ type: 'integer', value: 1 }))),
      ),
      'the parameters are larger than any script': locking(
        parameters({ type: 'bytes', value: '00'.repeat(65_537) }),
      ),
      'the datum is not hex': locking({ scriptHash: HASH, datum: 'zz' }, { datums: [{ inline: DATUM }] }),
      'the datum is not Plutus data': locking(
        { scriptHash: HASH, datum: 'f5' },
        { datums: [{ inline: DATUM }] },
      ),
      'the datum is followed by a byte': locking(
        { scriptHash: HASH, datum: `${DATUM}00` },
        { datums: [{ inline: DATUM }] },
      ),
      'the datum is larger than any transaction': locking({ scriptHash: HASH, datum: '00'.repeat(65_537) }),
      'a datum is declared for a Plutus V1 script, which could never be spent': locking(
        { script: { type: 'plutusV1', code: CODE }, datum: DATUM },
        { hash: hashByLucid('PlutusV1', CODE), datums: [{ inline: DATUM }] },
      ),
    },
  ),
  ...cases(
    { rule: rules.transferMethod, expect: `${P}_script_address_mismatch` },
    {
      'neither script nor hash is declared': locking({}),
      'script and hash disagree': locking({ script: INLINE, scriptHash: 'ab'.repeat(28) }),
      'payTo is the address of another script': locking({ scriptHash: HASH }, { hash: 'ab'.repeat(28) }),
      'payTo is the address of a key with the script’s hash': {
        ...locking({ scriptHash: HASH }),
        requirements: {
          payTo: addressText(addressBytes(0x60, ALWAYS_SUCCEEDS.hash)),
          extra: { assetTransferMethod: 'script', scriptHash: HASH },
        },
      },
      'only the stake part of payTo is the script': {
        ...locking({ scriptHash: HASH }),
        requirements: {
          payTo: addressText(addressBytes(0x20, cbor.hex(MERCHANT.keyHash), ALWAYS_SUCCEEDS.hash)),
          extra: { assetTransferMethod: 'script', scriptHash: HASH },
        },
      },
      'the script is of another version of Plutus': locking({ script: { type: 'plutusV2', code: CODE } }),
      'the parameters are not applied': locking({ script: PARAMETERIZED }, { hash: PARAMETERIZED_HASH }),
      'the parameters are applied in another order': locking(
        {
          script: PARAMETERIZED,
          parameters: Object.fromEntries(Object.entries(PARAMETERS.declared).toReversed()),
        },
        { hash: PARAMETERIZED_HASH },
      ),
    },
  ),
  ...cases(
    { rule: rules.transferMethod, expect: `${P}_script_datum_mismatch` },
    {
      'the payer left the datum out': locking({ scriptHash: HASH, datum: DATUM }),
      'the payer swapped the datum': locking(
        { scriptHash: HASH, datum: DATUM },
        { datums: [{ inline: OTHER_DATUM }] },
      ),
      'the payer attached a hash of the datum': locking(
        { scriptHash: HASH, datum: DATUM },
        { datums: [{ hash: 'cd'.repeat(32) }] },
      ),
    },
  ),
  ...cases(
    { rule: rules.transferMethod, expect: 'verified' },
    {
      'the script is declared by its hash': locking({ scriptHash: HASH }),
      'the script is declared by its code': locking({ script: INLINE }),
      'the code is bare': locking({ script: { ...INLINE, code: CODE.slice(2) } }),
      'the code is wrapped twice': locking({
        script: { ...INLINE, code: toHex(cbor.bytes(ALWAYS_SUCCEEDS.bytes)) },
      }),
      'script and hash agree': locking({ script: INLINE, scriptHash: HASH }),
      'the code nests a hundred thousand deep': locking(
        { script: { type: 'plutusV3', code: DEEP_CODE } },
        { hash: hashOfV3(DEEP_CODE) },
      ),
      'the script is a native one': locking(
        { script: { type: 'native', code: toHex(NATIVE.bytes) } },
        { hash: toHex(NATIVE.hash) },
      ),
      'the code nests 120 000 terms deep': locking(
        { script: { type: 'plutusV3', code: toHex(DEEP) } },
        { hash: toHex(blake2b224(Uint8Array.of(3, ...DEEP))) },
      ),
      'the script is of Plutus V1': locking(
        { script: { type: 'plutusV1', code: CODE } },
        { hash: hashByLucid('PlutusV1', CODE) },
      ),
      'the script is of Plutus V2': locking(
        { script: { type: 'plutusV2', code: CODE } },
        { hash: hashByLucid('PlutusV2', CODE) },
      ),
      'parameters of every type are applied as Lucid applies them': locking(
        { script: PARAMETERIZED, parameters: PARAMETERS.declared, scriptHash: PARAMETERIZED_HASH },
        { hash: PARAMETERIZED_HASH },
      ),
      'an integer is a number and bytes are hex': locking(
        parameters({ type: 'integer', value: -42 }, { type: 'bytes', value: 'ab'.repeat(64) }),
        { hash: hashByLucid('PlutusV3', PARAMETERIZED_CODE, [-42n, 'ab'.repeat(64)]) },
      ),
      'no datum is declared, and the payer attached one': locking(
        { scriptHash: HASH },
        { datums: [{ inline: OTHER_DATUM }] },
      ),
      'no datum is declared, and the payer attached the hash of one': locking(
        { scriptHash: HASH },
        { datums: [{ hash: 'cd'.repeat(32) }] },
      ),
      'the declared datum is attached': locking(
        { scriptHash: HASH, datum: DATUM },
        { datums: [{ inline: DATUM }] },
      ),
      'the declared datum is attached in another encoding': locking(
        { scriptHash: HASH, datum: DATUM },
        { datums: [{ inline: DATUM_IN_ANOTHER_ENCODING }] },
      ),
      'one of two outputs carries the declared datum': locking(
        { scriptHash: HASH, datum: DATUM },
        { datums: [undefined, { inline: DATUM }] },
      ),
      'the script’s address has a stake part': {
        ...locking({ scriptHash: HASH }),
        requirements: {
          payTo: addressText(addressBytes(0x10, ALWAYS_SUCCEEDS.hash, cbor.hex(MERCHANT.keyHash))),
          extra: { assetTransferMethod: 'script', scriptHash: HASH },
        },
        transaction: ({ spec, source }) => ({
          ...spec,
          outputs: [
            {
              address: addressBytes(0x10, ALWAYS_SUCCEEDS.hash, cbor.hex(MERCHANT.keyHash)),
              lovelace: PRICE,
            },
            { address: addressOfPayer(spec.outputs[1]), lovelace: source.lovelace - PRICE - spec.fee },
          ],
        }),
      },
    },
  ),
];
