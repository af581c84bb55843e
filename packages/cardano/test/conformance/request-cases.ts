import { MERCHANT } from '../support/payment.js';
import { type Case, cases } from './case.js';
import * as rules from './rules.js';

const P = 'invalid_exact_cardano_payload';
const R = 'invalid_exact_cardano_requirements';
const POLICY_ID = 'ab'.repeat(28);
const BYRON_ADDRESS = 'Ae2tdPwUPEZFRbyhz3cpfC2CumGzNkFBN2L42rcUc2yjQpEkxDbkPodpMAi';
const STAKE_ADDRESS = 'stake_test1uqehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gssrtvn';

function policyOf(confirmationPolicy: unknown) {
  return { requirements: { extra: { confirmationPolicy } } };
}

/** Rules that need nothing but the request. */
export const REQUEST_CASES: readonly Case[] = [
  ...cases(
    { rule: rules.version, expect: `${P}_unsupported_version` },
    {
      'the payload is of x402 version 1': { x402Version: 1 },
      'the payload is of a version to come': { x402Version: 3 },
      'the envelope is of x402 version 1 around a payload of version 2': { outerVersion: 1 },
    },
  ),
  ...cases(
    { rule: rules.version, expect: 'verified' },
    { 'envelope and payload are of x402 version 2': { outerVersion: 2 } },
  ),
  ...cases(
    { rule: rules.scheme, expect: 'unsupported_scheme' },
    {
      'the requirements name another scheme': { requirements: { scheme: 'upto' } },
      'the payer accepted another scheme': { accepted: { scheme: 'upto' } },
      'the scheme is spelled in upper case': {
        requirements: { scheme: 'EXACT' },
        accepted: { scheme: 'EXACT' },
      },
    },
  ),
  ...cases(
    { rule: rules.network, expect: 'network_mismatch' },
    {
      'the payer accepted another Cardano network': { accepted: { network: 'cardano:preprod' } },
      'both sides name a Cardano network that is not served here': {
        requirements: { network: 'cardano:mainnet' },
        accepted: { network: 'cardano:mainnet' },
      },
      'the requirements name no Cardano network': { requirements: { network: 'eip155:1' } },
      'the network is a name from every object': { requirements: { network: 'constructor' } },
      'the CIP-34 alias is of another network': { accepted: { network: 'cip34:0-1' } },
    },
  ),
  ...cases(
    { rule: rules.network, expect: 'verified' },
    {
      'one side uses the CIP-34 alias': { accepted: { network: 'cip34:0-2' } },
      'both sides use the CIP-34 alias': {
        requirements: { network: 'cip34:0-2' },
        accepted: { network: 'cip34:0-2' },
      },
    },
  ),
  ...cases(
    { rule: rules.price, expect: R },
    {
      'the amount is zero': { requirements: { amount: '0' } },
      'the amount has a leading zero': { requirements: { amount: '02000000' } },
      'the amount is a fraction': { requirements: { amount: '2000000.0' } },
      'the amount is negative': { requirements: { amount: '-2000000' } },
      'the amount is empty': { requirements: { amount: '' } },
      'the amount ends in a line break': { requirements: { amount: '2000000\n' } },
      'the amount has a hundred thousand digits': { requirements: { amount: '9'.repeat(100_000) } },
      'the asset is spelled in upper case': { requirements: { asset: `${POLICY_ID.toUpperCase()}.01` } },
      'the asset name is half a byte': { requirements: { asset: `${POLICY_ID}.0` } },
      'the asset name is longer than 32 bytes': {
        requirements: { asset: `${POLICY_ID}.${'00'.repeat(33)}` },
      },
      'the asset has no dot': { requirements: { asset: `${POLICY_ID}01` } },
      'the asset is ADA by another name': { requirements: { asset: 'ADA' } },
      'payTo is not an address': { requirements: { payTo: 'merchant' } },
      'payTo has a wrong checksum': { requirements: { payTo: `${MERCHANT.address(0).slice(0, -1)}q` } },
      'payTo is an address of mainnet': { requirements: { payTo: MERCHANT.address(1) } },
      'payTo is a Byron address': { requirements: { payTo: BYRON_ADDRESS } },
      'payTo is a stake address': { requirements: { payTo: STAKE_ADDRESS } },
    },
  ),
  ...cases(
    { rule: rules.confirmationPolicy, expect: `${R}_policy` },
    {
      'the confirmation policy is null': policyOf(null),
      'the confirmation policy is empty': policyOf({}),
      'the confirmation policy is a number': policyOf(1),
      'the confirmation policy has a further field': policyOf({ l1Confirmations: 1, l2Confirmations: 1 }),
      'the confirmations are above 20': policyOf({ l1Confirmations: 21 }),
      'the confirmations are below -1': policyOf({ l1Confirmations: -2 }),
      'the confirmations are a fraction': policyOf({ l1Confirmations: 1.5 }),
      'the confirmations are text': policyOf({ l1Confirmations: '1' }),
      'mempool acceptance is asked for where the operator has not opted in': policyOf({
        l1Confirmations: -1,
      }),
    },
  ),
  ...cases(
    { rule: rules.confirmationPolicy, expect: 'verified' },
    {
      'inclusion in a block is asked for': policyOf({ l1Confirmations: 0 }),
      'the most confirmations are asked for': policyOf({ l1Confirmations: 20 }),
      'extra is null': { requirements: { extra: null } },
    },
  ),
  ...cases(
    { rule: rules.confirmationPolicy, expect: 'verified', policy: { acceptMempool: true } },
    {
      'mempool acceptance is asked for where the operator has opted in': policyOf({ l1Confirmations: -1 }),
    },
  ),
  ...cases(
    { rule: rules.method, expect: 'unsupported_scheme' },
    {
      'the method is unknown': { requirements: { extra: { assetTransferMethod: 'teleport' } } },
      'the method is not text': { requirements: { extra: { assetTransferMethod: ['default'] } } },
    },
  ),
  ...cases(
    { rule: rules.method, expect: 'verified' },
    {
      'the method is named': { requirements: { extra: { assetTransferMethod: 'default' } } },
      'the payer accepted another method than is required': {
        accepted: { extra: { assetTransferMethod: 'masumi' } },
      },
    },
  ),
  ...cases(
    { rule: rules.timeout, expect: R },
    {
      'the timeout is zero': { requirements: { maxTimeoutSeconds: 0 } },
      'the timeout is negative': { requirements: { maxTimeoutSeconds: -600 } },
      'the timeout is a fraction': { requirements: { maxTimeoutSeconds: 600.5 } },
      'the timeout is longer than this deployment allows': { requirements: { maxTimeoutSeconds: 3601 } },
    },
  ),
  ...cases(
    { rule: rules.allowedAsset, expect: 'exact_cardano_unsupported_asset', policy: { assets: new Set() } },
    {
      'the operator does not list the asset': {},
    },
  ),
  ...cases(
    { rule: rules.payload, expect: P },
    {
      'the transaction is missing': { payload: { transaction: undefined } },
      'the transaction is empty': { payload: { transaction: '' } },
      'the transaction is an object': { payload: { transaction: { cbor: '84' } } },
      'the nonce is missing': { payload: { nonce: undefined } },
      'the nonce is a number': { payload: { nonce: 0 } },
    },
  ),
  ...cases(
    { rule: rules.nonce, expect: `${P}_nonce_invalid` },
    {
      'the nonce has no index': { nonce: () => '00'.repeat(32) },
      'the nonce is too short': { nonce: () => `${'00'.repeat(31)}#0` },
      'the index of the nonce does not fit 16 bits': { nonce: () => `${'00'.repeat(32)}#65536` },
      'the index of the nonce has a leading zero': { nonce: () => `${'00'.repeat(32)}#00` },
      'the nonce is negative': { nonce: () => `${'00'.repeat(32)}#-1` },
    },
  ),
  ...cases(
    { rule: rules.nonce, expect: 'verified' },
    {
      'the nonce is in upper case': {
        nonce: ({ source }) => `${source.outRef.txHash.toUpperCase()}#${source.outRef.index}`,
      },
    },
  ),
];
