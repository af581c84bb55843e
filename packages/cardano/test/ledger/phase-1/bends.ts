import { nativeAssetId, toHex } from '@x402-facilitator/cardano';
import { byronAddressOf } from '../../support/byron.js';
import * as cbor from '../../support/cbor-writer.js';
import {
  type Bend,
  bends,
  DATUM,
  FUNDS,
  type LedgerDraft,
  PROGRAMS,
  redeemer,
  referencing,
  running,
  scriptOf,
  showing,
  spending,
  unspentOutput,
  withSpecOf,
} from '../../support/ledger-draft.js';
import { FEE, MERCHANT, PAYER, PRICE } from '../../support/payment.js';
import { buildTransaction, multiAssetCbor } from '../../support/transaction-builder.js';
import { addressText, walletOf } from '../../support/wallet.js';

export const STRANGER = walletOf('stranger');
export const POLICY = 'ab'.repeat(28);
export const TOKEN = nativeAssetId(POLICY, '01');

export function signedBy(keyHash: string): cbor.Cbor {
  return cbor.array([cbor.int(0), cbor.bytes(cbor.hex(keyHash))]);
}

/** Spends what a native script guards, which is shown. */
export function native(script: cbor.Cbor): Bend {
  const guard = scriptOf('native', script);
  return bends(spending(unspentOutput('guarded', { address: guard.address })), showing(guard));
}

export function many(kind: number, depth: number, script: cbor.Cbor): cbor.Cbor {
  let nested = script;
  for (let level = 0; level < depth; level += 1) nested = cbor.array([cbor.int(kind), cbor.array([nested])]);
  return nested;
}

/** A guard that lies on a referenced output. */
export function referencedNative(script: cbor.Cbor): Bend {
  const guard = scriptOf('native', script);
  return bends(
    spending(unspentOutput('guarded', { address: guard.address })),
    referencing(unspentOutput('reference', { referenceScript: guard.reference })),
    withSpecOf((spec) => ({ ...spec, fee: 1_000_000n, outputs: [payment, change(1_000_000n), back] })),
  );
}

export const payment = { address: MERCHANT.addressBytes(0), lovelace: PRICE };
export const back = { address: PAYER.addressBytes(0), lovelace: FUNDS };

export function change(fee = FEE, less = 0n) {
  return { address: PAYER.addressBytes(0), lovelace: FUNDS - PRICE - fee - less };
}

/** Mints by a native script that the payer signs for. */
export function minting(quantity: bigint, sent: bigint): Bend {
  const policy = scriptOf('native', signedBy(PAYER.keyHash));
  return bends(
    showing(policy),
    withSpecOf((spec) => ({
      ...spec,
      outputs: [payment, { ...change(), assets: [[policy.reference.hash, '01', sent]] }],
      body: { 9: multiAssetCbor([[policy.reference.hash, '01', quantity]]) },
    })),
  );
}

export function byron(
  sign: (id: Uint8Array, attributes: Uint8Array) => cbor.Cbor | undefined,
  times = 1,
): Bend {
  const { bytes, attributes } = byronAddressOf(PAYER, 0);
  return bends(
    spending(unspentOutput('byron', { address: addressText(bytes) })),
    withSpecOf((spec) => {
      const witness = sign(cbor.hex(buildTransaction(spec).id), attributes);
      if (witness === undefined) return spec;
      return { ...spec, witnesses: { 2: cbor.set(Array.from({ length: times }, () => witness)) } };
    }),
  );
}

export function paying(extra: readonly (readonly [number, cbor.Cbor])[]): Bend {
  return withSpecOf((spec) => ({ ...spec, outputs: [payment, { ...change(), extra }] }));
}

export function carrying(script: cbor.Cbor): Bend {
  return paying([[3, cbor.tag(24, cbor.bytes(cbor.array([cbor.int(3), cbor.bytes(script)])))]]);
}

export const COLLATERAL_RETURN = (lovelace: bigint, extra: readonly cbor.Cbor[] = []) =>
  cbor.map([
    [cbor.int(0), cbor.bytes(PAYER.addressBytes(0))],
    [cbor.int(1), extra[0] === undefined ? cbor.int(lovelace) : cbor.array([cbor.int(lovelace), extra[0]])],
  ]);

export function withBody(body: Readonly<Record<number, cbor.Cbor>>): Bend {
  return withSpecOf((spec) => ({ ...spec, body: { ...spec.body, ...body } }));
}

export function withoutBody(key: number): Bend {
  return withSpecOf((spec) => {
    const { [key]: _, ...body } = spec.body ?? {};
    return { ...spec, body };
  });
}

/** Writes the whole of it in another form. */
export function encoded(encode: NonNullable<LedgerDraft['encode']>): Bend {
  return (draft) => ({ ...draft, encode });
}

export function withWitnesses(witnesses: Readonly<Record<number, cbor.Cbor>>): Bend {
  return withSpecOf((spec) => ({ ...spec, witnesses: { ...spec.witnesses, ...witnesses } }));
}

export const signedTwice = withSpecOf((spec) => ({ ...spec, signers: [PAYER, PAYER] }));

export const scriptTwice = withWitnesses({
  7: cbor.set([PROGRAMS.plutusV3, PROGRAMS.plutusV3].map(({ bytes }) => cbor.bytes(bytes))),
});

/** `[coin, {}]` for an output. */
export const noAssets: Bend = withSpecOf((spec) => ({
  ...spec,
  outputs: [
    payment,
    cbor.array([
      cbor.bytes(PAYER.addressBytes(0)),
      cbor.array([cbor.int(FUNDS - PRICE - FEE), cbor.map([])]),
    ]),
  ],
}));

/** A slot, a transaction and a certificate of no meaning. */
const POINTER = cbor.hex('010203');

export const pointerReturn: Bend = withBody({
  16: cbor.map([
    [cbor.int(0), cbor.bytes(cbor.concat(Uint8Array.of(0x40), cbor.hex(PAYER.keyHash), POINTER))],
    [cbor.int(1), cbor.int(5_000_000)],
  ]),
});

export const ofThree = encoded(({ body, witnessSet }) => cbor.array([body, witnessSet, cbor.NULL]));

export const inlineDatum = cbor.array([cbor.int(1), cbor.tag(24, cbor.bytes(DATUM))]);
export const withInlineDatum = { inlineDatum: toHex(DATUM) };
/** `expModInteger`, a builtin of protocol version 11. */
export const NEW_BUILTIN = cbor.bytes(cbor.hex('010100' + '7ae1'));

/** A redeemer for what is locked, a number of times. */
function redeemersOf(form: 'list' | 'map', count: number): Bend {
  return (draft) => {
    const index = draft.spec.inputs
      .map(({ txHash }) => txHash)
      .toSorted()
      .indexOf(unspentOutput('locked').outRef.txHash);
    const [key, content] = redeemer(0, index);
    const budget = cbor.array([cbor.int(10_000), cbor.int(10_000_000)]);
    const entry = cbor.array([cbor.int(0), cbor.int(index), cbor.int(0), budget]);
    const all = <T>(one: T) => Array.from({ length: count }, () => one);
    const redeemers = form === 'list' ? cbor.array(all(entry)) : cbor.map(all([key, content] as const));
    return running(['plutusV3'], { redeemers })(draft);
  };
}

export function twoRedeemers(form: 'list' | 'map'): Bend {
  return redeemersOf(form, 2);
}

export function listedRedeemer(draft: Parameters<Bend>[0]): ReturnType<Bend> {
  return redeemersOf('list', 1)(draft);
}

/** Another script's bytes under the guard, which hold no program. */
export function malformedWitness(draft: Parameters<Bend>[0]): ReturnType<Bend> {
  const script = scriptOf('plutusV3', cbor.hex('420102'));
  return bends(
    (bent) => ({
      ...bent,
      unspent: bent.unspent.map((output) =>
        output.address === PROGRAMS.plutusV3.address ? { ...output, address: script.address } : output,
      ),
    }),
    showing(script),
  )(draft);
}
