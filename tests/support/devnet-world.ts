import {
  type AssetId,
  type ChainOutput,
  createdOutputs,
  fromHex,
  lovelace,
  type Network,
  type NetworkFacts,
  type OutRef,
  outRefKey,
  type PaymentRequest,
  parseAddress,
} from '@x402-facilitator/cardano';
import {
  buildTransaction,
  cbor,
  channelOutputSpec,
  type Funds,
  MERCHANT,
  MINTER,
  multiAssetCbor,
  type OutputSpec,
  PRICE,
  TOKEN_SCRIPT,
  type TransactionSpec,
  transactionOf,
  type Wallet,
  type World,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import type { Devnet } from '@x402-facilitator/devnet';
import type { FaultRequest } from '@x402-facilitator/devnet/testing';

const BANK = walletOf('bank');
const BANK_LOVELACE = 1_000_000_000_000n;
/** More than the fee of any of these transactions. */
const FEE = 2_000_000n;
const LANGUAGES = ['native', 'plutusV1', 'plutusV2', 'plutusV3'] as const;

/** Other actions of the facilitator. */
export type OtherPayments = {
  /** Accepts another payment. */
  readonly settle: (request: PaymentRequest) => Promise<void>;
  /** Accepts a payment of these Masumi terms. */
  readonly claimTerms: (termsDigest: string) => Promise<void>;
};

type Tokens = readonly (readonly [policyId: string, name: string, quantity: bigint])[];

function tokensOf(assets: Iterable<readonly [AssetId, bigint]>): Tokens {
  return [...assets].map(([asset, quantity]) => {
    const [policyId = '', name = ''] = asset.split('.');
    return [policyId, name, quantity] as const;
  });
}

/** Each token once. */
function summed(tokens: Tokens): Tokens {
  const sums = new Map<string, Tokens[number]>();
  for (const [policyId, name, quantity] of tokens) {
    const key = `${policyId}.${name}`;
    sums.set(key, [policyId, name, (sums.get(key)?.[2] ?? 0n) + quantity]);
  }
  return [...sums.values()];
}

function scriptRef({ language, bytes }: NonNullable<Funds['referenceScript']>): cbor.Cbor {
  const script = cbor.hex(bytes);
  const content = language === 'native' ? script : cbor.bytes(script);
  return cbor.tag(24, cbor.bytes(cbor.array([cbor.int(LANGUAGES.indexOf(language)), content])));
}

function providerFault(operation: string): FaultRequest {
  return { kind: 'status', status: 500, operation, message: 'the provider timed out' };
}

function addressBytesOf(owner: Wallet | string, networkId: 0 | 1): Uint8Array {
  if (typeof owner !== 'string') return owner.addressBytes(networkId);
  const address = parseAddress(owner);
  if (!address.ok) throw new Error(`${owner}: ${address.error}`);
  return address.value.bytes;
}

/** The money of all worlds on one devnet. */
export class Bank {
  readonly #devnet: Devnet;
  readonly #networkId: 0 | 1;
  #source: ChainOutput;

  constructor(devnet: Devnet) {
    this.#devnet = devnet;
    this.#networkId = devnet.ledger.profile.networkId;
    const grant = devnet.faucet.grant({
      address: BANK.address(this.#networkId),
      lovelace: BANK_LOVELACE,
      assets: new Map(),
      outputs: 1,
    });
    if (grant.kind === 'refused') throw new Error(grant.message);
    const [output] = grant.outputs;
    if (output === undefined) throw new Error('expected one output, found none');
    this.#source = {
      outRef: { txHash: output.txHash, index: output.index },
      address: BANK.address(this.#networkId),
      lovelace: lovelace(output.lovelace),
      assets: new Map(),
    };
  }

  /** Pays funds into a new output, minting the tokens. */
  pay(owner: Wallet | string, { lovelace: amount, assets = [], referenceScript }: Funds): ChainOutput {
    const tokens = tokensOf(assets);
    const change = this.#source.lovelace - amount - FEE;
    const minting = tokens.length > 0;
    const target: OutputSpec = {
      address: addressBytesOf(owner, this.#networkId),
      lovelace: amount,
      assets: tokens,
      ...(referenceScript === undefined ? {} : { extra: [[3, scriptRef(referenceScript)]] }),
    };
    const [paid, rest] = this.apply({
      inputs: [this.#source.outRef],
      outputs: [target, { address: BANK.addressBytes(this.#networkId), lovelace: change }],
      fee: FEE,
      signers: minting ? [BANK, MINTER] : [BANK],
      ...(minting
        ? { body: { 9: multiAssetCbor(tokens) }, witnesses: { 1: cbor.set([TOKEN_SCRIPT.bytes]) } }
        : {}),
    });
    if (paid === undefined || rest === undefined) throw new Error('expected two outputs');
    this.#source = rest;
    return paid;
  }

  /** Makes outputs that are like these but for where they are, in one transaction and in this order. */
  place(outputs: readonly ChainOutput[]): readonly ChainOutput[] {
    const tokens = tokensOf(outputs.flatMap(({ assets }) => [...assets]));
    const sum = outputs.reduce((total, output) => total + output.lovelace, 0n);
    const change = {
      address: BANK.addressBytes(this.#networkId),
      lovelace: this.#source.lovelace - sum - FEE,
    };
    const minted = summed(tokens);
    const made = this.apply({
      inputs: [this.#source.outRef],
      outputs: [...outputs.map(channelOutputSpec), change],
      fee: FEE,
      signers: minted.length > 0 ? [BANK, MINTER] : [BANK],
      ...(minted.length > 0
        ? { body: { 9: multiAssetCbor(minted) }, witnesses: { 1: cbor.set([TOKEN_SCRIPT.bytes]) } }
        : {}),
    });
    const rest = made.at(-1);
    if (rest === undefined) throw new Error('expected the change, found nothing');
    this.#source = rest;
    return made.slice(0, -1);
  }

  /** Puts a transaction into a block, and returns its outputs. */
  apply(spec: TransactionSpec): readonly ChainOutput[] {
    const { bytes } = buildTransaction(spec);
    const result = this.#devnet.ledger.admit(bytes);
    if (result.kind !== 'accepted') throw new Error(`the devnet: ${JSON.stringify(result)}`);
    this.#devnet.ledger.forge();
    return createdOutputs(transactionOf(bytes));
  }
}

/** A devnet, as the ledger on which the payments of the conformance suite are made. */
export class DevnetWorld implements World {
  readonly network: Network;
  readonly #networkId: 0 | 1;
  readonly facts: NetworkFacts;
  /** Whether it makes the provider fail. */
  hasHidden = false;
  readonly nowMs: number;
  readonly #devnet: Devnet;
  readonly #bank: Bank;
  readonly #others: OtherPayments;
  readonly #owners = new Map<string, Wallet>();

  constructor(options: { devnet: Devnet; bank: Bank; nowMs: number; others: OtherPayments }) {
    const { ledger } = options.devnet;
    this.#devnet = options.devnet;
    this.network = ledger.profile.network;
    this.#networkId = ledger.profile.networkId;
    this.#bank = options.bank;
    this.#others = options.others;
    this.nowMs = options.nowMs;
    this.facts = { parameters: ledger.parameters(), timeline: ledger.profile.timeline };
  }

  async fund(owner: Wallet | string, funds: Funds): Promise<ChainOutput> {
    const output = this.#bank.pay(owner, funds);
    if (typeof owner !== 'string') this.#owners.set(outRefKey(output.outRef), owner);
    return output;
  }

  async spend(output: ChainOutput): Promise<void> {
    const owner = this.#ownerOf(output.outRef);
    this.#bank.apply({
      inputs: [output.outRef],
      outputs: [
        {
          address: owner.addressBytes(this.#networkId),
          lovelace: output.lovelace - FEE,
          assets: tokensOf(output.assets),
        },
      ],
      fee: FEE,
      signers: [owner],
    });
  }

  async hide(ref: OutRef): Promise<void> {
    this.hasHidden = true;
    this.#devnet.faults.add(providerFault(`GET /txs/${ref.txHash}/utxos`));
  }

  /** By a payment of the same money to the same merchant. */
  async reserve(ref: OutRef): Promise<void> {
    const owner = this.#ownerOf(ref);
    const funds = this.#devnet.ledger.unspent(outRefKey(ref))?.output;
    if (funds === undefined) throw new Error(`expected ${outRefKey(ref)} on the ledger, found none`);
    const { base64 } = buildTransaction({
      inputs: [ref],
      outputs: [{ address: MERCHANT.addressBytes(this.#networkId), lovelace: funds.lovelace - FEE }],
      fee: FEE,
      ttl: this.#devnet.ledger.currentSlot() + 200,
      signers: [owner],
    });
    await this.#others.settle({
      paymentPayload: {
        x402Version: 2,
        accepted: { scheme: 'exact', network: this.network },
        payload: { transaction: base64, nonce: outRefKey(ref) },
      },
      paymentRequirements: {
        scheme: 'exact',
        network: this.network,
        asset: 'lovelace',
        amount: `${PRICE}`,
        payTo: MERCHANT.address(this.#networkId),
        maxTimeoutSeconds: 600,
      },
    });
  }

  async bindTerms(termsDigest: string): Promise<void> {
    await this.#others.claimTerms(termsDigest);
  }

  async hideAsset(asset: AssetId): Promise<void> {
    this.hasHidden = true;
    this.#devnet.faults.add(providerFault(`GET /assets/${asset.replace('.', '')}*`));
  }

  #ownerOf(ref: OutRef): Wallet {
    const owner = this.#owners.get(outRefKey(ref));
    if (owner === undefined) throw new Error(`expected to know the owner of ${outRefKey(ref)}`);
    return owner;
  }
}

/** The transaction bytes of a request; undefined without any. */
export function transactionBytes(request: PaymentRequest): Uint8Array | undefined {
  const { transaction } = request.paymentPayload.payload;
  if (typeof transaction !== 'string' || transaction === '') return undefined;
  return fromHex(Buffer.from(transaction, 'base64').toString('hex'));
}
