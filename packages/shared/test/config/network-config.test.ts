import type { Network } from '@x402-facilitator/cardano';
import { configFrom } from '@x402-facilitator/shared/testing';
import { expect, test } from 'vitest';

const TOKEN = `${'ab'.repeat(28)}.0014df10`;

const { networks } = configFrom({
  chain: {
    network: 'Preview',
    blockfrost: { projectId: 'previewabc' },
    fallbacks: [{ type: 'koios' }],
    cache: { utxoTtlSeconds: 7 },
    verification: { maxInputs: 10, assets: ['lovelace'] },
    follower: { lookAgainSeconds: 50, stabilityWindowSeconds: 70 },
    alsoServe: [
      {
        network: 'Preprod',
        blockfrost: { projectId: 'preprodabc' },
        verification: { graceBufferSeconds: 90, maxInputs: 3, feeMinLovelace: 1, assets: [TOKEN] },
      },
    ],
  },
  settle: { acceptMempool: true, retentionSeconds: 60 },
});
const of = (network: Network) => networks.get(network);

test('a deployment serves its own network first, then the further ones', () => {
  expect([...networks.keys()]).toEqual(['cardano:preview', 'cardano:preprod']);
});

test('the whole configuration of a network is in one value', () => {
  expect(of('cardano:preview')).toEqual({
    network: 'cardano:preview',
    providers: [{ type: 'blockfrost', projectId: 'previewabc', tier: 'free' }, { type: 'koios' }],
    utxoTtlSeconds: 7,
    reserveShare: 0.5,
    verification: {
      networks: new Set(['cardano:preview', 'cardano:preprod']),
      graceBufferSeconds: 30,
      maxTimeoutSeconds: 3600,
      feeMinLovelace: 150_000n,
      feeMaxLovelace: 5_000_000n,
      maxInputs: 10,
      ledger: 'full',
      unknownProtocolVersion: 'accept',
      acceptsSponsorWitnesses: false,
      assets: new Set(['lovelace']),
      acceptMempool: true,
    },
    scriptDeadlineMs: 500,
    shadowShare: 0,
    graceMs: 30_000,
    journal: { graceMs: 30_000, retentionMs: 60_000, stabilityMs: 70_000 },
    follower: { tickMs: 5000, keepBlocks: 100, failureDepth: 10, lookAgainAfterMs: 50_000 },
  });
});

test('a further network overrides some of it, everywhere it is used, and inherits the rest but for providers', () => {
  expect(of('cardano:preprod')).toMatchObject({
    providers: [{ type: 'blockfrost', projectId: 'preprodabc' }],
    verification: {
      graceBufferSeconds: 90,
      maxInputs: 3,
      feeMinLovelace: 1n,
      feeMaxLovelace: 5_000_000n,
      assets: new Set([TOKEN]),
    },
    graceMs: 90_000,
    journal: { graceMs: 90_000, retentionMs: 60_000 },
  });
});
