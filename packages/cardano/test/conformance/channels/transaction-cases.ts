import { type OutRef, outRefKey, parseTxHash } from '@x402-facilitator/cardano';
import * as cbor from '../../support/cbor-writer.js';
import type { ChannelBend } from '../../support/channels/draft.js';
import { NOW_SLOT, walletOutput } from '../../support/channels/draft.js';
import { CONSUMER } from '../../support/channels/parties.js';
import { MINTER, TOKEN_POLICY, TOKEN_SCRIPT } from '../../support/tokens.js';
import { outRefCbor } from '../../support/transaction-builder.js';
import { txHash } from '../../support/world.js';
import {
  alsoPaying,
  bends,
  body,
  type ChannelCase,
  type ChannelKind,
  cases,
  encoded,
  gone,
  spec,
  TRANSACTION_KINDS,
  withPolicy,
} from './case.js';

const P = 'invalid_batch_settlement_cardano';
const UNAVAILABLE = `${P}_verification_state_unavailable`;

/** The code of what is wrong with a transaction of a kind. */
export function codeOf(kind: ChannelKind): string {
  return `${P}_${kind === 'refund' || kind === 'claim' ? kind : 'deposit'}_transaction`;
}

const MINT: ChannelBend = spec((before) => ({
  ...before,
  body: {
    ...before.body,
    9: cbor.map([
      [cbor.bytes(cbor.hex(TOKEN_POLICY)), cbor.map([[cbor.bytes(cbor.hex('01')), cbor.int(1)]])],
    ]),
  },
  signers: [...(before.signers ?? []), MINTER],
  witnesses: { 1: cbor.set([TOKEN_SCRIPT.bytes]) },
}));

const REWARD_ACCOUNT = cbor.bytes(Uint8Array.of(0xe0, ...cbor.hex(CONSUMER.keyHash)));
const STRANGE: OutRef = { txHash: parseTxHash(txHash('a stranger')) ?? txHash('never'), index: 0 };

const hold: ChannelBend = (draft) => {
  const [first] = draft.unspent;
  if (first === undefined) throw new Error('expected an output');
  return { ...draft, reservedInput: { input: outRefKey(first.outRef), heldBy: txHash('another payment') } };
};

function ofKind(kind: ChannelKind): readonly ChannelCase[] {
  const code = codeOf(kind);
  return [
    ...cases(
      {
        kinds: kind,
        rule: 'the transaction is strict base64 of exactly one Conway transaction of legal size',
        expect: code,
      },
      {
        'the transaction is not base64': encoded(() => 'not base64!'),
        'the base64 has a line break': encoded(({ base64 }) => `${base64.slice(0, 8)}\n${base64.slice(8)}`),
        'there is a byte behind the transaction': encoded(({ bytes }) =>
          Buffer.from([...bytes, 0]).toString('base64'),
        ),
        'the transaction is an empty list': encoded(() => Buffer.from([0x80]).toString('base64')),
        'the transaction is longer than the protocol allows': encoded(({ base64 }) =>
          base64.padEnd(24_000, 'A'),
        ),
      },
    ),
    ...cases(
      {
        kinds: kind,
        rule: 'the body’s network id and every output’s address are this network’s',
        expect: `${P}_network_mismatch`,
      },
      {
        'the body is of mainnet': body({ 15: cbor.int(1) }),
        'an output is of mainnet': alsoPaying({
          ...walletOutput('mainnet', CONSUMER, 2_000_000n),
          address: CONSUMER.address(1),
        }),
      },
    ),
    ...cases(
      {
        kinds: kind,
        rule: 'the body’s network id and every output’s address are this network’s',
        expect: 'accepted',
      },
      { 'the body names its network': body({ 15: cbor.int(0) }) },
    ),
    ...cases(
      {
        kinds: kind,
        rule: 'it carries no certificates, withdrawals, minting or governance, and names no more outputs than allowed',
        expect: code,
      },
      {
        'it mints': MINT,
        'it withdraws rewards': body({ 5: cbor.map([[REWARD_ACCOUNT, cbor.int(0)]]) }),
        'it registers a stake key': body({
          4: cbor.set([
            cbor.array([cbor.int(0), cbor.array([cbor.int(0), cbor.bytes(cbor.hex(CONSUMER.keyHash))])]),
          ]),
        }),
        'it donates to the treasury': body({ 22: cbor.int(1) }),
        'it has more inputs than this deployment allows': withPolicy({ maxInputs: 0 }),
      },
    ),
    ...cases(
      { kinds: kind, rule: 'the phase-2 flag is true', expect: code },
      { 'the phase-2 flag is false': spec((before) => ({ ...before, isValid: cbor.FALSE })) },
    ),
    ...cases(
      {
        kinds: kind,
        rule: 'every input, reference input and collateral input exists and is unspent',
        expect: code,
      },
      {
        'an output that it names was spent': gone('spent'),
        'an output that it names never existed': gone('missing'),
        'a reference input never existed': body({ 18: cbor.set([outRefCbor(STRANGE)]) }),
      },
    ),
    ...cases(
      {
        kinds: kind,
        rule: 'every input, reference input and collateral input exists and is unspent',
        expect: UNAVAILABLE,
      },
      { 'an output that it names could not be looked up': gone('hidden') },
    ),
    ...cases(
      { kinds: kind, rule: 'no input is held by another payment in flight here', expect: code },
      { 'another payment in flight holds an input': hold },
    ),
    ...cases(
      {
        kinds: kind,
        rule: 'the complete ledger check accepts, scripts included',
        expect: code,
        because: 'the ledger refuses it',
      },
      {
        'its TTL has passed': spec((before) => ({ ...before, ttl: NOW_SLOT })),
        'it is not valid yet': body({ 8: cbor.int(NOW_SLOT + 10) }),
        'a signature is forged': spec((before) => ({ ...before, signedMessage: Buffer.alloc(32) })),
        'a lovelace comes from nowhere': spec((before) => ({ ...before, fee: before.fee + 1n })),
      },
    ),
    ...cases(
      {
        kinds: kind,
        rule: 'the complete ledger check accepts, scripts included',
        expect: UNAVAILABLE,
      },
      {
        'the network runs a protocol version that is not known here, and the operator refuses then': bends(
          withPolicy({ unknownProtocolVersion: 'refuse' }),
          (draft) => ({ ...draft, protocolVersion: 99 }),
        ),
      },
    ),
    ...cases(
      { kinds: kind, rule: 'the complete ledger check accepts, scripts included', expect: 'accepted' },
      {
        'it has no TTL': spec(({ ttl: _, ...before }) => before),
        'it is written in long heads': spec((before) => ({ ...before, encoding: { heads: 8 } })),
        'its lists have no length': spec((before) => ({ ...before, encoding: { length: 'indefinite' } })),
        'the operator’s own rules would do for payments': withPolicy({ ledger: 'rules' }),
      },
    ),
  ];
}

/** What every transaction of channels meets. */
export const TRANSACTION_CASES: readonly ChannelCase[] = TRANSACTION_KINDS.flatMap(ofKind);
