import { encodeArray, encodeBytes, encodeMap } from '../../../ledger/cbor/index.js';
import type { OutputFact } from '../../../ledger/facts/index.js';
import { networkIdOf } from '../../../ledger/network/network.js';
import { slotAt } from '../../../ledger/network/timeline.js';
import { scriptIntegrityHash } from '../../../ledger/phase-1/script-integrity.js';
import { LOVELACE } from '../../../ledger/primitives/asset.js';
import { blake2b224, blake2b256 } from '../../../ledger/primitives/hash.js';
import { fromHex, toHex } from '../../../ledger/primitives/hex.js';
import { lovelace } from '../../../ledger/primitives/lovelace.js';
import { type OutRef, outRefKey } from '../../../ledger/primitives/out-ref.js';
import { parseTxHash } from '../../../ledger/primitives/tx-hash.js';
import { ACCEPTED, type KnownPayment, type KnownPaymentSettings } from '../../known-payment.js';
import type { RefusalCode } from '../facts/codes.js';
import { SCHEME } from '../facts/terms.js';
import { LOCAL_FACTS } from './local-facts.js';
import {
  type OwnAddress,
  type OwnOutput,
  type OwnTransaction,
  outRefCbor,
  payerAddress,
  scriptAddress,
  sellerAddress,
  unsigned,
  writeTransaction,
} from './write-transaction.js';

const P = 'invalid_exact_cardano_payload';
const FUNDS = 10_000_000n;
const PRICE = 2_000_000n;
const FEE = 200_000n;
/** A judge's clock may differ from the one that they are made by, by this much. */
const CLOCK_TOLERANCE_SECONDS = 30;

const PLUTUS_V3 = 3;
/** `(program 1.1.0 (lam x (con unit ())))` */
const SUCCEEDS = plutusV3('0101002499');
/** `(program 1.1.0 (error))` */
const FAILS = plutusV3('01010061');

function plutusV3(flatHex: string) {
  const bytes = encodeBytes(fromHex(flatHex) ?? new Uint8Array());
  return { bytes, hash: blake2b224(Uint8Array.of(PLUTUS_V3, ...bytes)) };
}

/** Outputs of transactions that never were. */
const SPENT = outRefOf('spent');
const COLLATERAL = outRefOf('collateral');

function outRefOf(name: string): OutRef {
  const txHash = parseTxHash(toHex(blake2b256(Buffer.from(name))));
  if (txHash === undefined) throw new TypeError('blake2b-256 gives 32 bytes');
  return { txHash, index: 0 };
}

/**
 * A good payment and bent ones, as this deployment's policy wants them: by key and, where the complete ledger judges, by
 * script. Each takes its own part of verification to refuse.
 */
export function knownPayments({ network, policy, nowMs }: KnownPaymentSettings): readonly KnownPayment[] {
  const networkId = networkIdOf(network);
  const [payer, seller] = [payerAddress(networkId), sellerAddress(networkId)];
  const asset = policy.assets === undefined || policy.assets.has(LOVELACE) ? LOVELACE : [...policy.assets][0];
  if (asset === undefined) return [];
  const amount = asset === LOVELACE ? PRICE : 1n;
  const token = asset === LOVELACE ? undefined : { id: asset, quantity: amount };
  const raised = policy.feeMinLovelace > FEE ? policy.feeMinLovelace : FEE;
  const fee = raised < policy.feeMaxLovelace ? raised : policy.feeMaxLovelace;
  const { graceBufferSeconds, maxTimeoutSeconds: longest } = policy;
  const maxTimeoutSeconds = Math.min(graceBufferSeconds + 2 * CLOCK_TOLERANCE_SECONDS, longest);
  const validSeconds = (graceBufferSeconds + maxTimeoutSeconds) / 2;

  const held = (outRef: OutRef, { address, lovelace: coin, asset }: OwnOutput): OutputFact => ({
    status: 'unspent',
    output: {
      outRef,
      address: address.text,
      lovelace: lovelace(coin),
      assets: new Map(asset === undefined ? [] : [[asset.id, asset.quantity]]),
    },
  });
  const paid: OwnOutput = { address: seller, lovelace: PRICE, asset: token };
  const change: OwnOutput = { address: payer, lovelace: FUNDS - PRICE - fee };

  const known = (
    name: string,
    expected: RefusalCode | typeof ACCEPTED,
    bent: { readonly owner?: OwnAddress; readonly runsScripts?: boolean } & Partial<OwnTransaction> = {},
  ): KnownPayment => {
    const { owner = payer, runsScripts = false, ...transaction } = bent;
    return {
      name,
      expected,
      runsScripts,
      networkFacts: LOCAL_FACTS,
      outputs: new Map([
        [outRefKey(SPENT), held(SPENT, { address: owner, lovelace: FUNDS, asset: token })],
        [outRefKey(COLLATERAL), held(COLLATERAL, { address: payer, lovelace: FUNDS })],
      ]),
      request: {
        paymentPayload: {
          x402Version: 2,
          accepted: { scheme: SCHEME, network },
          payload: {
            nonce: outRefKey(SPENT),
            transaction: writeTransaction({
              input: SPENT,
              outputs: [paid, change],
              fee,
              ttl: slotAt(LOCAL_FACTS.timeline, nowMs + validSeconds * 1000),
              ...transaction,
            }),
          },
        },
        paymentRequirements: {
          scheme: SCHEME,
          network,
          asset,
          amount: `${amount}`,
          payTo: seller.text,
          maxTimeoutSeconds,
        },
      },
    };
  };
  const scripted = (name: string, expected: RefusalCode | typeof ACCEPTED, script: typeof SUCCEEDS) =>
    known(name, expected, {
      owner: scriptAddress(networkId, script.hash),
      runsScripts: true,
      ...withScript(script.bytes),
    });

  const more = { ...change, lovelace: change.lovelace + 1n };
  return [
    known('a good payment', ACCEPTED),
    known('a payment with a forged signature', `${P}_invalid_signature`, { isForged: true }),
    known('a payment that creates a lovelace', `${P}_value_not_conserved`, { outputs: [paid, more] }),
    ...(policy.ledger === 'rules'
      ? []
      : [known('a payment that its owner did not sign', `${P}_phase1_invalid`, { owner: seller })]),
    // Scripts need collateral, which counts as an input.
    ...(policy.ledger === 'rules' || policy.maxInputs < 2
      ? []
      : [
          scripted('a payment whose script accepts', ACCEPTED, SUCCEEDS),
          scripted('a payment whose script fails', `${P}_phase2_invalid`, FAILS),
        ]),
  ];
}

/** What a transaction needs that spends an output locked by this script. */
function withScript(script: Uint8Array): Pick<OwnTransaction, 'body' | 'witnesses'> {
  const budget = encodeArray([unsigned(10_000), unsigned(10_000_000)]);
  const redeemersBytes = encodeMap([
    [encodeArray([unsigned(0), unsigned(0)]), encodeArray([unsigned(0), budget])],
  ]);
  const integrity = scriptIntegrityHash({ redeemersBytes }, new Set(['plutusV3']), LOCAL_FACTS.parameters);
  return {
    body: [
      [11, encodeBytes(fromHex(integrity ?? '') ?? new Uint8Array())],
      [13, encodeArray([outRefCbor(COLLATERAL)])],
    ],
    witnesses: [
      [5, redeemersBytes],
      [7, encodeArray([encodeBytes(script)])],
    ],
  };
}
