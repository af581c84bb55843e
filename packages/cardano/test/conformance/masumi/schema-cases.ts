import { jcsPart, LOCK_PRICE, SELLER } from '../../support/masumi.js';
import {
  cases,
  commitment,
  extra,
  later,
  pointerAddress,
  R,
  scriptAddress,
  scriptStakeAddress,
  terms,
} from './case.js';

/** Requirements that are not of the form that the scheme gives them. */
export const SCHEMA_CASES = cases(`${R}_schema`, {
  'an unknown field in extra': ['extra: expected no field but', extra(() => ({ collateral: '1' }))],
  'an unknown field in inputCommitment': [
    'inputCommitment: expected no field but',
    commitment(() => ({ more: 1 })),
  ],
  'an unknown field in a commitment part': [
    'parts[0]: expected no field but',
    commitment(({ parts }) => ({
      parts: parts.map((part) => ({ ...part, more: 1 })),
    })),
  ],
  'an unknown field in terms': ['terms: expected no field but', terms({ more: 1 })],
  'terms that repeat the amount': ['found "amount"', terms({ amount: `${LOCK_PRICE}` })],
  'an unknown field in deployment': [
    'deployment: expected no field but',
    extra((usual) => ({
      deployment: { ...(usual.deployment as object), more: 1 },
    })),
  ],
  'no terms': [
    'extra.terms: expected a value, found nothing',
    { extra: ({ terms: _terms, ...rest }) => rest },
  ],
  'no inputCommitment': [
    'extra.inputCommitment: expected a value, found nothing',
    { extra: ({ inputCommitment: _commitment, ...rest }) => rest },
  ],
  'a commitment without parts': ['parts: expected an array of 1 to 32', commitment(() => ({ parts: [] }))],
  'too many commitment parts': [
    'parts: expected an array of 1 to 32, found an array of 33',
    commitment(() => ({
      parts: Array.from({ length: 33 }, (_, at) => jcsPart(`part ${at}`, at)),
    })),
  ],
  'two parts of the same name': [
    'unique names',
    commitment(() => ({ parts: [jcsPart('body', 1), jcsPart('body', 2)] })),
  ],
  'a part without a name': ['parts[0].name', commitment(() => ({ parts: [jcsPart('', 1)] }))],
  'an unknown canonicalization': [
    'parts[0].canonicalization',
    commitment(() => ({
      parts: [{ ...jcsPart('body', 1), canonicalization: 'cbor' }],
    })),
  ],
  'content that nests beyond every bound': [
    'parts[0].content: expected at most 64 levels',
    commitment(() => {
      let content: unknown = 1;
      for (let level = 0; level < 70; level += 1) content = [content];
      return { parts: [jcsPart('body', content)] };
    }),
  ],
  'another version of the terms': ['terms.version', terms({ version: '2' })],
  'another payment type': ['terms.paymentType', terms({ paymentType: 'Web3CardanoV1' })],
  'a seller address that is a script': ['terms.sellerAddress', terms({ sellerAddress: scriptAddress })],
  'a seller address whose stake is a script': [
    'terms.sellerAddress',
    terms({ sellerAddress: scriptStakeAddress }),
  ],
  'a seller address with a pointer': ['terms.sellerAddress', terms({ sellerAddress: pointerAddress })],
  'a seller address on another network': ['terms.sellerAddress', terms({ sellerAddress: SELLER.address(1) })],
  'a return address that is null': ['terms.sellerReturnAddress', terms({ sellerReturnAddress: null })],
  'a seller nonce that is too short': ['terms.sellerNonce', terms({ sellerNonce: '5e'.repeat(31) })],
  'a seller nonce in upper case': ['terms.sellerNonce', terms({ sellerNonce: '5E'.repeat(32) })],
  'a buyer nonce of six bytes': ['terms.buyerNonce', terms({ buyerNonce: '010203040506' })],
  'a buyer nonce of fourteen bytes': [
    'terms.buyerNonce: expected an empty text, or lowercase hex of 7 to 13 bytes',
    terms({ buyerNonce: '0e'.repeat(14) }),
  ],
  'an agent identifier that is not hex': ['terms.agentIdentifier', terms({ agentIdentifier: 'agent' })],
  'an input hash that is not the commitment’s': ['terms.inputHash', terms({ inputHash: '00'.repeat(32) })],
  'a deadline with a leading zero': [
    'terms.payByTime',
    (world) => terms({ payByTime: `0${later(world, 10)}` }),
  ],
  'a deadline as a number': ['terms.payByTime', (world) => terms({ payByTime: world.nowMs + 600_000 })],
  'a key in upper case': [
    'extra.referenceKey',
    extra(({ referenceKey }) => ({ referenceKey: referenceKey.toUpperCase() })),
  ],
  'a signature beyond every bound': [
    'extra.referenceSignature',
    extra(() => ({ referenceSignature: 'aa'.repeat(4097) })),
  ],
  'no identifier': [
    'extra.blockchainIdentifier: expected a value',
    { extra: ({ blockchainIdentifier: _identifier, ...rest }) => rest },
  ],
  'an identifier that would unfold without end': [
    'extra.blockchainIdentifier',
    extra(() => ({
      blockchainIdentifier: 'aa'.repeat(16_385),
    })),
  ],
  'sponsored fees': ['extra.areFeesSponsored', extra(() => ({ areFeesSponsored: true }))],
  'more admins required than there are': [
    'deployment.requiredAdmins',
    extra((usual) => ({
      deployment: { ...(usual.deployment as object), requiredAdmins: '4' },
    })),
  ],
  'too many admin keys': [
    'deployment.adminVkeys: expected an array of 1 to 64',
    extra((usual) => ({
      deployment: { ...(usual.deployment as object), adminVkeys: Array(65).fill('ab'.repeat(28)) },
    })),
  ],
  'a cooldown below zero': [
    'deployment.cooldownPeriod',
    extra((usual) => ({
      deployment: { ...(usual.deployment as object), cooldownPeriod: '-1' },
    })),
  ],
});
