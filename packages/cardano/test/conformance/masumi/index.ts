import * as cbor from '../../support/cbor-writer.js';
import { datumAddressOf, REGISTRY_POLICY_ID } from '../../support/internals.js';
import { addressOn, commitmentOf, LOCK_PRICE, masumiPaymentOn, termsDigestIn } from '../../support/masumi.js';
import type { Case } from '../case.js';
import * as rules from '../rules.js';
import {
  AGENT,
  accepted,
  asset,
  baseAddress,
  cases,
  cose,
  datum,
  extra,
  STRANGER,
  terms,
  WITH_TOKENS,
} from './case.js';

import { LOCK_CASES } from './lock-cases.js';
import { REQUIREMENT_CASES } from './requirement-cases.js';
import { SCHEMA_CASES } from './schema-cases.js';

const ACCEPTED = accepted({
  'a lock of lovelace': {},
  'a lock of a token with its collateral': WITH_TOKENS,
  'a lock of lovelace with collateral on top': {
    datum: (usual) => ({ ...usual, collateral_return_lovelace: 1_435_230n }),
    output: (usual) => ({ ...usual, lovelace: LOCK_PRICE + 1_435_230n }),
    funds: { lovelace: 20_000_000n },
  },
  'a buyer nonce': terms({ buyerNonce: '0102030405060708' }),
  'an unregistered seller who says so by null': terms({ agentIdentifier: null }),
  'an unregistered seller who says so by an empty text': terms({ agentIdentifier: '' }),
  'a return address of the seller': terms({ sellerReturnAddress: baseAddress }),
  'a return address of the buyer, which the terms do not name': (world) =>
    datum({ buyer_return_address: datumAddressOf(addressOn(world, STRANGER.address(0))) }),
  'no word about fees': extra(() => ({ areFeesSponsored: false })),
  'a kid in key and signature that agree': cose((usual) => ({
    keyFields: [...usual.keyFields, [cbor.int(2), cbor.bytes(cbor.hex('aa'))]],
    protectedHeaders: [...usual.protectedHeaders, [cbor.int(4), cbor.bytes(cbor.hex('aa'))]],
  })),
  'another encoding of the same datum': {
    datumCbor: (usual) => cbor.concat(cbor.hex('d8669f00'), usual.slice(2), cbor.hex('ff')),
  },
  'raw content that is what was committed to': {
    commitment: () => {
      const raw = { name: 'raw', canonicalization: 'raw', content: 'AQID' };
      const digest = '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81';
      return commitmentOf([{ ...raw, digest }]);
    },
  },
});

/** Terms that another transaction has paid: only their digest says so. */
const REPLAYED: Case = {
  rule: rules.transferMethod,
  expect: 'duplicate_settlement',
  situation: 'masumi: another transaction has paid these terms',
  payment: async (world) => {
    const payment = await masumiPaymentOn(world);
    await world.bindTerms(termsDigestIn(payment));
    return payment;
  },
};

const UNKNOWN_AGENT = cases('exact_cardano_facilitator_chain_lookup_failed', {
  'an agent that cannot be looked up': [
    'the provider timed out',
    async (world) => {
      await world.hideAsset(asset(`${REGISTRY_POLICY_ID}.${AGENT.slice(REGISTRY_POLICY_ID.length)}`));
      return terms({ agentIdentifier: AGENT });
    },
  ],
});

/** The transfer method’s own rules, for Masumi. */
export const MASUMI_CASES: readonly Case[] = [
  ...ACCEPTED,
  ...SCHEMA_CASES,
  ...REQUIREMENT_CASES,
  ...LOCK_CASES,
  REPLAYED,
  ...UNKNOWN_AGENT,
];
