import {
  type Address,
  type OutRefKey,
  type ProtocolParameters,
  parseAddress,
  type TxHash,
} from '@x402-facilitator/cardano';
import type { Ledger, OutputRecord } from '../ledger/index.js';
import { buildGrant, type GrantOutput, leastLovelace } from './grant.js';
import { faucetAddress } from './keys.js';

/** A request to the faucet. */
export type GrantRequest = {
  /** bech32, of the devnet's network. */
  readonly address: string;
  /** Total over all outputs. */
  readonly lovelace: bigint;
  /** Test tokens: totals by asset name in hex. */
  readonly assets: ReadonlyMap<string, bigint>;
  /** Splits the totals into this many equal outputs. Remainders go to the first. */
  readonly outputs: number;
};

export type GrantedOutput = {
  readonly txHash: TxHash;
  readonly index: number;
  readonly lovelace: bigint;
  readonly assets: ReadonlyMap<string, bigint>;
};

export type GrantResult =
  | {
      readonly kind: 'granted';
      readonly txHashes: readonly TxHash[];
      readonly outputs: readonly GrantedOutput[];
    }
  /** The request cannot be met. The message says what was expected and found. */
  | { readonly kind: 'refused'; readonly message: string };

/** Outputs of one transaction. Even the largest, with two credentials and many tokens, still fit in 16 KiB. */
const OUTPUTS_PER_TRANSACTION = 100;

function share(total: bigint, parts: number, index: number): bigint {
  const each = total / BigInt(parts);
  return index === 0 ? total - each * BigInt(parts - 1) : each;
}

function split(request: GrantRequest): GrantOutput[] {
  return Array.from({ length: request.outputs }, (_, index) => {
    const assets = [...request.assets].flatMap(([name, total]): [string, bigint][] => {
      const quantity = share(total, request.outputs, index);
      return quantity > 0n ? [[name, quantity]] : [];
    });
    return { lovelace: share(request.lovelace, request.outputs, index), assets: new Map(assets) };
  });
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Gives out genesis money and newly minted test tokens with real, signed transactions. */
export class Faucet {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /**
   * Grants the request at once: its transactions are submitted normally and put into their own block. Everything else
   * in the mempool waits for the next block.
   */
  grant(request: GrantRequest): GrantResult {
    const { networkId, network } = this.#ledger.profile;
    const parsed = parseAddress(request.address);
    if (!parsed.ok) {
      return refused(
        `address: expected an address of ${network}, found '${request.address}' (${parsed.error})`,
      );
    }
    const recipient = parsed.value;
    if (recipient.networkId !== networkId) {
      return refused(
        `address: expected one of ${network}, found one of ${networkId === 1 ? 'a testnet' : 'mainnet'}`,
      );
    }
    const parameters = this.#ledger.parameters();
    const outputs = split(request);
    const least = tooSmall(recipient, outputs, parameters);
    if (least !== undefined) return refused(least);

    const granted: GrantedOutput[] = [];
    const txHashes: TxHash[] = [];
    for (const chunk of chunksOf(outputs, OUTPUTS_PER_TRANSACTION)) {
      const txHash = this.#submit(recipient, chunk, parameters);
      if (txHash === undefined) return refused('the faucet has run dry; start a fresh devnet');
      txHashes.push(txHash);
      granted.push(...chunk.map((output, index) => ({ txHash, index, ...output })));
    }
    this.#include(txHashes);
    return { kind: 'granted', txHashes, outputs: granted };
  }

  #submit(
    recipient: Address,
    outputs: readonly GrantOutput[],
    parameters: ProtocolParameters,
  ): TxHash | undefined {
    const { networkId } = this.#ledger.profile;
    const needed = outputs.reduce((sum, { lovelace }) => sum + lovelace, 0n);
    const funding = this.#funding();
    // The fee and the change of a grant stay far below this.
    const margin = 10_000_000n;
    if (funding === undefined || funding.output.lovelace < needed + margin) return undefined;
    const bytes = buildGrant({
      networkId,
      recipient,
      outputs,
      funding: { outRef: funding.output.outRef, lovelace: funding.output.lovelace },
      parameters,
    });
    const result = this.#ledger.admit(bytes);
    if (result.kind !== 'accepted') {
      throw new Error(`the ledger refused a faucet transaction: ${JSON.stringify(result)}`);
    }
    return result.id;
  }

  /** The faucet's largest output that is unspent, counting the mempool. */
  #funding(): OutputRecord | undefined {
    const { text } = faucetAddress(this.#ledger.profile.networkId);
    const candidates = new Map<OutRefKey, OutputRecord>();
    for (const output of this.#ledger.chain.index.get(text)?.unspent ?? [])
      candidates.set(output.key, output);
    for (const record of this.#ledger.mempool.records()) {
      for (const output of record.outputs)
        if (output.output.address === text) candidates.set(output.key, output);
    }
    return [...candidates.values()]
      .filter(({ key, output }) => this.#ledger.unspent(key) !== undefined && output.assets.size === 0)
      .reduce<OutputRecord | undefined>(
        (best, next) => (best === undefined || next.output.lovelace > best.output.lovelace ? next : best),
        undefined,
      );
  }

  #include(txHashes: readonly TxHash[]): void {
    // After a rollback earlier grants may wait in the mempool. If this grant spends their outputs, they must go into
    // the block too.
    for (const txHash of txHashes) {
      while (this.#ledger.mempool.get(txHash) !== undefined) {
        this.#ledger.forge(this.#ledger.mempool.withAncestors(txHash));
      }
    }
  }
}

function refused(message: string): GrantResult {
  return { kind: 'refused', message };
}

function tooSmall(
  recipient: Address,
  outputs: readonly GrantOutput[],
  parameters: ProtocolParameters,
): string | undefined {
  for (const output of outputs) {
    const least = leastLovelace(recipient, output, parameters);
    if (output.lovelace < least) {
      return `lovelace: expected at least ${least} for each of ${outputs.length} outputs (min-UTxO), found ${output.lovelace}`;
    }
  }
  return undefined;
}
