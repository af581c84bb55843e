import { post, type RunningApi, startApi } from '@x402-facilitator/api/testing';
import {
  decodeTransaction,
  LOVELACE,
  outRefKey,
  type PaymentRequest,
  slotAt,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import {
  CASES,
  type Case,
  PAYER,
  paymentOn,
  type Rule,
  rules,
  STAGES,
  transactionOf,
  txHash,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bank, DevnetWorld, transactionBytes } from './support/devnet-world.js';

/** Rules that only a read of the chain can bring a payment to. */
const AFTER_THE_CHAIN = [STAGES.outputs, STAGES.ledger].flatMap((stage) =>
  stage.rules.map(({ name }) => name),
);
/** Rules that a node has too. */
const NODES_RULES: readonly Rule[] = [
  ...[rules.networkId, rules.signatures, rules.bodyConsistency, rules.phase2Flag, rules.nonceOnChain],
  ...[rules.inputsAvailable, rules.valueConserved, rules.minUtxo, rules.ledger],
];
/** Content that no request body may hold. HTTP refuses it before any method is considered. */
const NO_BODY = new Set([
  'masumi: content that nests beyond every bound',
  'masumi: content without a canonical form',
]);
const STRANGER = walletOf('stranger');

/** A devnet of one protocol version, and its money. */
type Chain = { readonly devnet: Devnet; readonly bank: Bank };

let redis: RedisHandle;
/** At the usual protocol version. */
let usual: Chain;
/** One clock for all, so that a payment exactly in time here is exactly in time there. */
const nowMs = Math.floor(Date.now() / 1000) * 1000;
/** Payments that were verified and that the node accepted, waiting for their block. */
const accepted: PaymentRequest[] = [];
const apis = new Map<string, Promise<RunningApi>>();
/** Of other protocol versions, started on their first use. */
const chains = new Map<number, Promise<Chain>>();

async function startChain(protocolVersion?: number): Promise<Chain> {
  const options = protocolVersion === undefined ? {} : { protocolVersion };
  const devnet = await startDevnet({ blockMs: 0, nowMs: () => nowMs, ...options });
  return { devnet, bank: new Bank(devnet) };
}

beforeAll(async () => {
  redis = await startRedis();
  usual = await startChain();
});

afterAll(async () => {
  for (const api of apis.values()) await (await api).close();
  for (const chain of [usual, ...(await Promise.all(chains.values()))]) await chain?.devnet.close();
  await redis?.stop();
});

function chainAt(protocolVersion: number | undefined): Chain | Promise<Chain> {
  if (protocolVersion === undefined) return usual;
  const chain = chains.get(protocolVersion) ?? startChain(protocolVersion);
  chains.set(protocolVersion, chain);
  return chain;
}

/** The configuration for a policy. */
function settingsOf(policy: Partial<VerificationPolicy>): Record<string, string> {
  const { acceptMempool, assets, feeMinLovelace, feeMaxLovelace, ledger, unknownProtocolVersion } = policy;
  return {
    ...(acceptMempool === undefined ? {} : { X402_SETTLE__ACCEPT_MEMPOOL: String(acceptMempool) }),
    ...(assets === undefined ? {} : { X402_CHAIN__VERIFICATION__ASSETS: JSON.stringify([...assets]) }),
    ...(feeMinLovelace === undefined
      ? {}
      : { X402_CHAIN__VERIFICATION__FEE_MIN_LOVELACE: String(feeMinLovelace) }),
    ...(feeMaxLovelace === undefined
      ? {}
      : { X402_CHAIN__VERIFICATION__FEE_MAX_LOVELACE: String(feeMaxLovelace) }),
    ...(ledger === undefined ? {} : { X402_CHAIN__VERIFICATION__LEDGER: ledger }),
    ...(unknownProtocolVersion === undefined
      ? {}
      : { X402_CHAIN__VERIFICATION__UNKNOWN_PROTOCOL_VERSION: unknownProtocolVersion }),
  };
}

/** The API of a policy, started on its first use. `name` separates it from the others. */
function apiFor(
  policy: Partial<VerificationPolicy> = {},
  { name = '', devnet = usual.devnet }: { readonly name?: string; readonly devnet?: Devnet } = {},
): Promise<RunningApi> {
  const settings = settingsOf(policy);
  const key = name + devnet.url + JSON.stringify(settings);
  const api =
    apis.get(key) ?? startApi({ redisUrl: redis.url, chainUrl: devnet.url, clock: () => nowMs }, settings);
  apis.set(key, api);
  return api;
}

async function settle(request: PaymentRequest) {
  const api = await apiFor();
  return post(`${api.url}/settle`, { x402Version: 2, ...request }, { prefer: 'respond-async' });
}

/** Claims these terms, as another replica would that settles a payment of them. */
async function claimTerms(termsDigest: string): Promise<void> {
  const connection = connectRedis({
    settings: redisSettingsFromUrl(redis.url),
    role: 'worker',
    name: 'test',
    onError: () => undefined,
  });
  try {
    const other = txHash(`the payment of ${termsDigest}`);
    const outcome = await createRedisJournal({ redis: connection }).claim({
      network: 'cardano:preview',
      txHash: other,
      binding: 'another',
      payer: PAYER.address(0),
      payTo: PAYER.address(0),
      asset: LOVELACE,
      amount: 1n,
      requiredConfirmations: 1,
      inputs: [outRefKey({ txHash: other, index: 0 })],
      ttl: slotAt(usual.devnet.ledger.profile.timeline, nowMs + 600_000),
      expiresAtMs: nowMs + 600_000,
      signedTransaction: new Uint8Array(),
      method: 'masumi',
      hasScripts: false,
      termsDigest,
    });
    if (outcome.kind !== 'claimed') throw new Error(`expected a claim of the terms, found ${outcome.kind}`);
  } finally {
    await disconnectRedis(connection);
  }
}

function newWorld({ devnet, bank } = usual): DevnetWorld {
  const claim = async (request: PaymentRequest) => {
    const { status, body } = await settle(request);
    if (status !== 202) throw new Error(`another payment was not claimed: ${JSON.stringify(body)}`);
  };
  return new DevnetWorld({ devnet, bank, nowMs, others: { settle: claim, claimTerms } });
}

/** The chain calls that a transaction may cost: one for each transaction whose output it names. */
function parentsOf(request: PaymentRequest): number {
  const bytes = transactionBytes(request);
  const outcome = bytes === undefined ? undefined : decodeTransaction(bytes);
  if (outcome?.ok !== true) return 0;
  const { inputs, referenceInputs, collateralInputs } = outcome.value;
  return new Set([...inputs, ...referenceInputs, ...collateralInputs].map(({ txHash }) => txHash)).size;
}

function outputLookups(devnet: Devnet): number {
  return devnet.requests.snapshot().operations['GET /txs/{hash}/utxos'] ?? 0;
}

/** The answer of a node, the devnet's, to a submission. */
async function submit(devnet: Devnet, request: PaymentRequest): Promise<number> {
  const response = await fetch(`${devnet.url}/tx/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: transactionBytes(request) ?? new Uint8Array(),
  });
  await response.body?.cancel();
  return response.status;
}

/** Whether only this deployment refuses it, not a node: its limits, its holds, its provider. */
function isLedgersBusiness({ rule, expect: code, policy }: Case): boolean {
  return (
    policy === undefined &&
    code !== 'verified' &&
    !code.includes('lookup_failed') &&
    NODES_RULES.includes(rule)
  );
}

describe.each(CASES)('over HTTP, $rule.name, $situation', (example) => {
  test(`: ${example.expect}`, async () => {
    const chain = await chainAt(example.protocolVersion);
    const { devnet } = chain;
    const world = newWorld(chain);
    const request = await example.payment(world);
    const name = world.hasHidden ? example.situation : '';
    const api = await apiFor(example.policy, { name, devnet });
    const callsBefore = outputLookups(devnet);
    const { body } = await post(`${api.url}/verify`, { x402Version: 2, ...request });

    const said = body.isValid === true ? 'verified' : `${body.invalidReason}: ${body.invalidMessage}`;
    if (NO_BODY.has(example.situation)) {
      expect(said).toMatch(/^invalid_exact_cardano_payload: /);
      return;
    }
    expect(said.split(':')[0], said).toBe(example.expect);
    expect(said).toContain(example.because ?? '');

    const calls = outputLookups(devnet) - callsBefore;
    if (!AFTER_THE_CHAIN.includes(example.rule.name) && example.expect !== 'verified') expect(calls).toBe(0);
    else if (!world.hasHidden) expect(calls).toBeLessThanOrEqual(parentsOf(request));

    if (example.expect === 'verified' && example.policy?.ledger !== 'rules') {
      expect(await submit(devnet, request), 'a node accepts what is verified').toBe(200);
      if (chain === usual) accepted.push(request);
    }
    if (isLedgersBusiness(example))
      expect(await submit(devnet, request), 'a node refuses what is refused').toBe(400);
  });
});

test('every verified payment is included in a block, and pays the merchant what was asked', () => {
  const { devnet } = usual;
  devnet.ledger.forge();
  expect(devnet.ledger.mempool.size).toBe(0);
  expect(accepted.length).toBeGreaterThan(50);
  for (const { paymentPayload, paymentRequirements } of accepted) {
    const { payTo, asset, amount } = paymentRequirements;
    const bytes = transactionBytes({ paymentPayload, paymentRequirements });
    const { id } = transactionOf(bytes ?? new Uint8Array());
    const included = devnet.ledger.chain.transaction(id);
    const paid = included?.outputs.some(({ output }) => {
      const quantities = new Map<string, bigint>([...output.assets, [LOVELACE, output.lovelace]]);
      return output.address === payTo.toLowerCase() && (quantities.get(asset) ?? 0n) >= BigInt(amount);
    });
    expect(paid, `${id} pays ${amount} ${asset} to ${payTo}`).toBe(true);
  }
});

test('a refused copy without all its witnesses does not block the complete copy of the same transaction', async () => {
  const world = newWorld();
  const other = await world.fund(STRANGER, { lovelace: 5_000_000n });
  let signers = [PAYER];
  const [source] = [await world.fund(PAYER, { lovelace: 10_000_000n })];
  const build = () =>
    paymentOn(
      { ...bound(world), fund: async () => source },
      {
        transaction: ({ spec }) => ({
          ...spec,
          inputs: [...spec.inputs, other.outRef],
          outputs: [...spec.outputs, { address: PAYER.addressBytes(0), lovelace: other.lovelace }],
          signers,
        }),
      },
    );
  const incomplete = await build();
  signers = [PAYER, STRANGER];
  const complete = await build();

  const api = await apiFor();
  const verify = (request: PaymentRequest) => post(`${api.url}/verify`, { x402Version: 2, ...request });
  for (const answer of [await verify(incomplete), await settle(incomplete)])
    expect(JSON.stringify(answer.body)).toContain('MissingVKeyWitnessesUTXOW');
  expect((await verify(complete)).body).toMatchObject({ isValid: true });
  expect(await settle(complete)).toMatchObject({ status: 202, body: { errorReason: 'settlement_pending' } });
  expect(outRefKey(source.outRef)).toBe(complete.paymentPayload.payload.nonce);
});

/** A world's facts without its class: for tests that replace one of its methods. */
function bound(world: DevnetWorld) {
  return {
    network: world.network,
    facts: world.facts,
    nowMs: world.nowMs,
    fund: world.fund.bind(world),
    spend: world.spend.bind(world),
    hide: world.hide.bind(world),
    reserve: world.reserve.bind(world),
    bindTerms: world.bindTerms.bind(world),
    hideAsset: world.hideAsset.bind(world),
  };
}
