import { type ChainOutput, LOVELACE } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { HELD, openChannel, SUBBED } from '../../support/channels/drafts.js';
import { SCRIPT_HASH } from '../../support/channels/outputs.js';
import { CONSUMER } from '../../support/channels/parties.js';
import { channelFrom } from '../../support/internals.js';
import { txHash } from '../../support/world.js';

const channel = openChannel(LOVELACE);
const next = (created: readonly ChainOutput[], spent = channel) =>
  channelFrom(channel.outRef, SCRIPT_HASH).next(spent, created);
const at = (output: ChainOutput, index: number): ChainOutput => ({
  ...output,
  outRef: { txHash: txHash('next'), index },
});

test('a channel goes on where a transaction continues it, at whatever stage', () => {
  const grown = at(openChannel(LOVELACE, { held: HELD + 1n }), 1);
  const closed = at(openChannel(LOVELACE, { stage: { kind: 'closed', subbed: SUBBED, elapseAtMs: 1n } }), 0);
  const change = at({ ...channel, address: CONSUMER.address(0) }, 0);
  expect(next([change, grown])).toEqual(grown);
  expect(next([closed])).toEqual(closed);
});

test('of two outputs of one channel the first counts, as the validator takes them', () => {
  const [first, second] = [at(channel, 0), at(channel, 1)];
  expect(next([first, second])).toEqual(first);
});

test('another channel beside it is not mistaken for it', () => {
  const other = at(openChannel(LOVELACE, { name: 'another channel' }), 0);
  const own = at(channel, 1);
  expect(next([other, own])).toEqual(own);
});

test('it has ended where nothing of it is left, or where there was no channel', () => {
  const { inlineDatum: _, ...withoutDatum } = at(channel, 0);
  expect(next([])).toBeUndefined();
  expect(next([at({ ...channel, address: CONSUMER.address(0) }, 0)])).toBeUndefined();
  expect(next([withoutDatum])).toBeUndefined();
  expect(next([at(openChannel(LOVELACE, { constants: { provider: 'ab'.repeat(28) } }), 0)])).toBeUndefined();
  expect(next([at(channel, 0)], { ...channel, address: CONSUMER.address(0) })).toBeUndefined();
});
