import {
  blake2b224,
  blake2b256,
  type ChainOutput,
  createdOutputs,
  decodeTransaction,
  type OutRef,
  outRefKey,
  parseTxHash,
  toHex,
} from '@x402-facilitator/cardano';
import * as cbor from '../../../support/cbor-writer.js';
import type { Term } from '../../../support/flat.js';
import { phase2Question } from '../../../support/internals.js';
import { PREVIEW } from '../../../support/network.js';
import { buildTransaction, outputCbor, type TransactionSpec } from '../../../support/transaction-builder.js';
import { unwrap } from '../../../support/unwrap.js';
import { walletOf } from '../../../support/wallet.js';
import { VAN_ROSSEM_COST_MODELS } from './cost-models.js';
import { scriptOf } from './evaluating.js';

type Language = 'plutusV1' | 'plutusV2' | 'plutusV3';

const PREFIX = { plutusV1: 1, plutusV2: 2, plutusV3: 3 } as const;
const WITNESS_FIELD = { plutusV1: 3, plutusV2: 6, plutusV3: 7 } as const;

/** A term as a script with its hash. */
export function hashed(term: Term, language: Language) {
  const bytes = scriptOf(term, language === 'plutusV3' ? undefined : [1n, 0n, 0n]);
  return { language, bytes, hash: toHex(blake2b224(Uint8Array.of(PREFIX[language], ...bytes))) };
}

const OWNER = walletOf('owner of outputs');
const BUDGET = cbor.array([cbor.int(14_000_000n), cbor.int(10_000_000_000n)]);

function refOf(digit: string, index: number): OutRef {
  const txHash = parseTxHash(digit.repeat(64));
  if (txHash === undefined) throw new Error(`expected a hex digit, found ${digit}`);
  return { txHash, index };
}

/** Outputs as the chain would hold them, had some transaction made them. */
function held(refs: readonly OutRef[], outputs: readonly cbor.Cbor[]): readonly ChainOutput[] {
  const built = buildTransaction({ inputs: [refOf('0', 0)], outputs, fee: 0n });
  const created = createdOutputs(unwrap(decodeTransaction(built.bytes)));
  return created.flatMap((output, at) => {
    const outRef = refs[at];
    return outRef === undefined ? [] : [{ ...output, outRef }];
  });
}

export type Scripted = {
  readonly transaction: Uint8Array;
  /** The outputs that it spends or references, as CBOR. */
  readonly utxo: Uint8Array;
  readonly question: ReturnType<typeof phase2Question>;
};

/**
 * A transaction that spends an output locked by a script, and mints by it too, with something of everything that scripts
 * are shown.
 */
export function scripted(
  term: Term,
  language: Language,
  {
    withInlineDatum = language !== 'plutusV1',
    mints = true,
    budget = BUDGET,
    referenced = OWNER.addressBytes(0),
  } = {},
): Scripted {
  const script = hashed(term, language);
  const datum = cbor.hex('d8799f182a4101ff');
  const scriptAddress = Uint8Array.of(0x10, ...cbor.hex(script.hash), ...cbor.hex(OWNER.keyHash));
  const inline = cbor.array([cbor.int(1), cbor.tag(24, cbor.bytes(cbor.hex('9f0102ff')))]);
  const byHash = cbor.array([cbor.int(0), cbor.bytes(blake2b256(datum))]);
  const assets = [
    ['11'.repeat(28), 'bb', 2n],
    ['11'.repeat(28), 'aa', 1n],
    ['00'.repeat(28), '', 5n],
  ] as const;
  const datumField = withInlineDatum ? inline : byHash;
  const refs = [refOf('b', 1), refOf('a', 10), refOf('c', 0)];
  const outputs = [
    outputCbor({ address: OWNER.addressBytes(0), lovelace: 20_000_000n, assets }),
    outputCbor({ address: scriptAddress, lovelace: 5_000_000n, extra: [[2, datumField]] }),
    outputCbor({ address: referenced, lovelace: 2_000_000n }),
  ];
  const redeemers = cbor.map([
    [cbor.array([cbor.int(0), cbor.int(0)]), cbor.array([cbor.hex('d87981182b'), budget])],
    ...(mints
      ? [[cbor.array([cbor.int(1), cbor.int(0)]), cbor.array([cbor.hex('187b'), budget])] as const]
      : []),
  ]);
  const spec: TransactionSpec = {
    inputs: [refOf('b', 1), refOf('a', 10)],
    outputs: [
      { address: OWNER.addressBytes(0), lovelace: 3_000_000n, assets },
      {
        address: scriptAddress,
        lovelace: 20_000_000n,
        extra: [[2, byHash]],
      },
    ],
    fee: 300_000n,
    ttl: 2_000_000,
    signers: [OWNER],
    body: {
      8: cbor.int(1_000_000),
      ...(mints
        ? {
            9: cbor.map([
              [cbor.bytes(cbor.hex(script.hash)), cbor.map([[cbor.bytes(cbor.hex('cafe')), cbor.int(-3)]])],
            ]),
          }
        : {}),
      14: cbor.set([cbor.bytes(cbor.hex('ff'.repeat(28))), cbor.bytes(cbor.hex(OWNER.keyHash))]),
      18: cbor.set([cbor.array([cbor.bytes(cbor.hex('c'.repeat(64))), cbor.int(0)])]),
    },
    witnesses: {
      [WITNESS_FIELD[language]]: cbor.set([cbor.bytes(script.bytes)]),
      4: cbor.set([cbor.hex('182a'), datum]),
      5: redeemers,
    },
  };
  const built = buildTransaction(spec);
  const transaction = unwrap(decodeTransaction(built.bytes));
  const question = phase2Question({
    transaction,
    parameters: {
      protocolVersion: { major: 11, minor: 0 },
      costModels: VAN_ROSSEM_COST_MODELS,
      maxTransactionExecutionUnits: { memory: 10n ** 12n, steps: 10n ** 15n },
    },
    timeline: PREVIEW.timeline,
    outputs: new Map(held(refs, outputs).map((output) => [outRefKey(output.outRef), output])),
  });
  const utxo = cbor.map(
    refs.map(({ txHash, index }, at) => [
      cbor.array([cbor.bytes(cbor.hex(txHash)), cbor.int(index)]),
      outputs[at] ?? cbor.NULL,
    ]),
  );
  return { transaction: built.bytes, utxo, question };
}
