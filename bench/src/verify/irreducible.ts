import { createPublicKey, verify } from 'node:crypto';
import {
  blake2b256,
  type ChainOutput,
  decodeTransaction,
  judgePhase1,
  lovelace,
  type NetworkFacts,
  type OutRefKey,
  outRefKey,
  slotAt,
  type Transaction,
} from '@x402-facilitator/cardano';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import type { Stack } from '@x402-facilitator/tools/stack';
import type { PreparedPayment } from '../payments/index.js';
import { meanOf, rounded } from '../support/index.js';

/** The work of a complete check that cannot be left out, in microseconds per payment on one core. */
export type Irreducible = {
  /** Base64 and CBOR to fields. */
  readonly decodeMicros: number;
  /** The transaction hash. */
  readonly blake2bMicros: number;
  /** One signature, by `node:crypto`. */
  readonly ed25519Micros: number;
  /** The ledger's rules, without signatures. */
  readonly ledgerMicros: number;
  readonly totalMicros: number;
  /** Payments per second that one core could check if it did nothing else. */
  readonly perSecond: number;
};

/** Measured by itself. */
const SIGNATURES: ReadonlySet<string> = new Set(['signatures are valid']);

type Prepared = {
  readonly base64: string;
  readonly transaction: Transaction;
  readonly outputs: ReadonlyMap<OutRefKey, ChainOutput>;
};

/**
 * Times each part by itself, over all payments.
 *
 * @param payer bech32 address that owns what the payments spend
 */
export async function measureIrreducible(
  stack: Stack,
  payer: string,
  payments: readonly PreparedPayment[],
  milliseconds: number,
): Promise<Irreducible> {
  const facts = await readFacts(stack);
  const prepared = payments.map((payment) => prepare(payment, payer));
  const { parameters, timeline } = facts;
  const { network } = stack;
  const time = (work: (payment: Prepared) => void) => microsEach(prepared, work, milliseconds);

  const decodeAndHash = time(({ base64 }) => {
    if (!decodeTransaction(Buffer.from(base64, 'base64')).ok)
      throw new Error('expected it to decode as before');
  });
  const blake2bMicros = time(({ transaction }) => {
    blake2b256(transaction.bodyBytes);
  });
  const ed25519Micros = time(({ transaction }) => {
    const hash = Buffer.from(transaction.id, 'hex');
    for (const { publicKey, signature } of transaction.vkeyWitnesses) {
      // As a JWK, because OpenSSL's decoder for DER takes most of the time of a verification.
      const x = Buffer.from(publicKey).toString('base64url');
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      if (!verify(null, hash, key, signature)) throw new Error('expected a good signature');
    }
  });
  const ledgerMicros = time(({ transaction, outputs }) => {
    const slot = slotAt(timeline, Date.now());
    const [failure] = judgePhase1({ transaction, parameters, slot, network, outputs }, SIGNATURES);
    if (failure !== undefined) throw new Error(failure.message);
  });
  const totalMicros = decodeAndHash + ed25519Micros + ledgerMicros;
  return {
    // Decoding hashes the body too: count that part once.
    decodeMicros: rounded(decodeAndHash - blake2bMicros),
    blake2bMicros: rounded(blake2bMicros),
    ed25519Micros: rounded(ed25519Micros),
    ledgerMicros: rounded(ledgerMicros),
    totalMicros: rounded(totalMicros),
    perSecond: rounded(1e6 / totalMicros),
  };
}

function prepare({ bytes, source, sourceLovelace }: PreparedPayment, payer: string): Prepared {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) throw new Error(decoded.error);
  const output = { outRef: source, address: payer, lovelace: lovelace(sourceLovelace), assets: new Map() };
  return {
    base64: Buffer.from(bytes).toString('base64'),
    transaction: decoded.value,
    outputs: new Map([[outRefKey(source), output]]),
  };
}

/** The mean of the faster half of all rounds: a disturbance can only make a round slower. */
function microsEach(
  payments: readonly Prepared[],
  work: (payment: Prepared) => void,
  milliseconds: number,
): number {
  const rounds: number[] = [];
  const startedMs = performance.now();
  while (rounds.length < 2 || performance.now() - startedMs < milliseconds) {
    const roundMs = performance.now();
    for (const payment of payments) work(payment);
    rounds.push(((performance.now() - roundMs) * 1000) / payments.length);
  }
  const sorted = rounds.toSorted((a, b) => a - b);
  return meanOf(sorted.slice(0, Math.ceil(sorted.length / 2)));
}

async function readFacts({ devnet, network }: Stack): Promise<NetworkFacts> {
  const provider = createBlockfrostProvider({ network, url: devnet.url });
  try {
    const [parameters, timeline] = await Promise.all([
      provider.getProtocolParameters(),
      provider.getTimeline(),
    ]);
    return { parameters, timeline };
  } finally {
    await provider.close();
  }
}
