import { post, type RunningApi, startApi } from '@x402-facilitator/api/testing';
import { type AssetId, type ChainOutput, LOVELACE, type NetworkFacts } from '@x402-facilitator/cardano';
import {
  CHANNEL_CASES,
  CHANNEL_KINDS,
  CHANNEL_NOW_MS,
  CHANNEL_TOKEN,
  CHANNEL_VALIDATOR,
  type ChannelCase,
  type ChannelDraft,
  CONSUMER,
  channelRequestOf,
  channels,
  PROVIDER,
} from '@x402-facilitator/cardano/testing';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import {
  connectRedis,
  createDeniedParties,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bank } from './support/devnet-world.js';

const CURRENCIES = [
  { name: 'ada', currency: LOVELACE },
  { name: 'token', currency: CHANNEL_TOKEN },
] as const;
const FUNDS = 100_000_000n;
const COLLATERAL = 8_000_000n;

let redis: RedisHandle;
let devnet: Devnet;
let api: RunningApi;
const good = new Map<AssetId, Readonly<Record<ChannelCase['kind'], ChannelDraft>>>();

beforeAll(async () => {
  redis = await startRedis();
  devnet = await startDevnet({ blockMs: 0, nowMs: () => CHANNEL_NOW_MS });
  api = await startApi(
    { redisUrl: redis.url, chainUrl: devnet.url, clock: () => CHANNEL_NOW_MS },
    {
      X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([CHANNEL_VALIDATOR.reference.hash]),
      X402_SCREENING__ENABLED: 'true',
    },
  );
  const bank = new Bank(devnet);
  for (const { currency } of CURRENCIES) good.set(currency, draftsOn(bank, currency));
});

afterAll(async () => {
  await api?.close();
  await devnet?.close();
  await redis?.stop();
});

/** A good request of each kind, about outputs that the devnet has. */
function draftsOn(bank: Bank, currency: AssetId): Readonly<Record<ChannelCase['kind'], ChannelDraft>> {
  const facts: NetworkFacts = {
    parameters: devnet.ledger.parameters(),
    timeline: devnet.ledger.profile.timeline,
  };
  const assets = currency === LOVELACE ? [] : [[currency, FUNDS] as const];
  const source = () => bank.pay(CONSUMER, { lovelace: FUNDS, assets });
  const collateral = bank.pay(CONSUMER, { lovelace: COLLATERAL });
  const channel = only(bank.place([channels.openChannel(currency)]));
  const lines = channels.claimLines(currency, 2);
  // In one transaction, so that they stand in the ledger in the order of the cases.
  const placed = bank.place(lines.map((line) => line.channel));
  return {
    opening: channels.opening(currency, { source: source(), facts }),
    topUp: channels.topUp(currency, { channel, source: source(), collateral, facts }),
    voucher: channels.voucher(currency, { channel, facts }),
    refund: channels.refund(currency, undefined, { channel, collateral, subbed: channels.SUBBED, facts }),
    claim: channels.claimFrom(
      currency,
      lines.map((line, at) => ({ ...line, channel: placed[at] ?? line.channel })),
      {
        source: bank.pay(PROVIDER, { lovelace: FUNDS }),
        collateral: bank.pay(PROVIDER, { lovelace: COLLATERAL }),
        facts,
      },
    ),
  };
}

function only([output]: readonly ChainOutput[]): ChainOutput {
  if (output === undefined) throw new Error('expected an output');
  return output;
}

function draftOf(currency: AssetId, kind: ChannelCase['kind']): ChannelDraft {
  const draft = good.get(currency)?.[kind];
  if (draft === undefined) throw new Error(`no draft of ${kind}`);
  return draft;
}

/** HTTP hands it to the scheme that its requirements name. */
const ELSEWHERE = 'the requirements name another scheme';

/** What bends the request alone. What is about another ledger, or another operator’s settings, the library is asked. */
function isOfTheRequest(bent: ChannelDraft, before: ChannelDraft): boolean {
  const about = [
    'unspent',
    'spent',
    'hidden',
    'followed',
    'reservedInput',
    'policy',
    'protocolVersion',
  ] as const;
  return about.every((name) => bent[name] === before[name]);
}

const ask = (path: string, draft: ChannelDraft) => post(`${api.url}${path}`, channelRequestOf(draft));

let tried = 0;

describe.each(CHANNEL_KINDS)('%s over HTTP', (kind) => {
  test.each(CURRENCIES)('an ordinary one in $name is valid', async ({ currency }) => {
    // A claim is settled only; to verify one is harmless.
    expect((await ask('/verify', draftOf(currency, kind))).body).toMatchObject({ isValid: true });
  });

  test.each(CHANNEL_CASES.filter((each) => each.kind === kind && each.situation !== ELSEWHERE))(
    '$rule: $situation: $expect',
    async ({ bend, expect: outcome, only: unit }) => {
      for (const { name, currency } of CURRENCIES) {
        if (unit !== undefined && unit !== name) continue;
        const before = draftOf(currency, kind);
        const bent = bend(before);
        if (!isOfTheRequest(bent, before)) continue;
        tried += 1;
        const { body } = await ask('/verify', bent);
        expect(body.invalidReason ?? 'accepted', `${name}: ${body.invalidMessage}`).toBe(outcome);
        if (outcome === 'accepted') continue;
        const { body: settled } = await ask('/settle', bent);
        expect(settled, name).toMatchObject({ success: false, errorReason: outcome, transaction: '' });
      }
    },
  );
});

test('most situations are of the request alone', () => {
  expect(tried).toBeGreaterThan(CHANNEL_CASES.length);
});

test.each(CHANNEL_KINDS)('%s of a consumer or a provider that is denied is refused', async (kind) => {
  const connection = connectRedis({
    settings: redisSettingsFromUrl(redis.url),
    role: 'worker',
    name: 'test',
    onError: () => undefined,
  });
  const denied = createDeniedParties(connection);
  try {
    for (const { keyHash } of [CONSUMER, PROVIDER]) {
      const party = { entry: keyHash, credentials: [keyHash], reason: 'a test', atMs: 0 };
      await denied.deny(party);
      for (const { currency } of CURRENCIES) {
        const code = 'invalid_batch_settlement_cardano_screening_denied';
        const draft = draftOf(currency, kind);
        expect((await ask('/verify', draft)).body).toMatchObject({ isValid: false, invalidReason: code });
        if (kind !== 'voucher')
          expect((await ask('/settle', draft)).body).toMatchObject({
            success: false,
            errorReason: code,
            transaction: '',
          });
      }
      await denied.allow(party);
    }
  } finally {
    await disconnectRedis(connection);
  }
  expect((await ask('/verify', draftOf(LOVELACE, kind))).body).toMatchObject({ isValid: true });
});
