import {
  type Config,
  configSchema,
  servedNetworks,
  verificationPolicyOf,
} from '@x402-facilitator/shared/config';
import { expect, test } from 'vitest';

const TOKEN = `${'ab'.repeat(28)}.0014df10`;

const config: Config = configSchema.parse({
  chain: {
    network: 'Preview',
    verification: { maxInputs: 10, assets: ['lovelace'] },
    alsoServe: [{ network: 'Preprod', verification: { maxInputs: 3, feeMinLovelace: 1, assets: [TOKEN] } }],
  },
  settle: { acceptMempool: true },
});

test('a deployment serves its own network first, then the further ones', () => {
  expect(servedNetworks(config)).toEqual(['cardano:preview', 'cardano:preprod']);
});

test('a payment is judged by the settings of the configuration', () => {
  expect(verificationPolicyOf(config, 'cardano:preview')).toEqual({
    networks: new Set(['cardano:preview', 'cardano:preprod']),
    graceBufferSeconds: 30,
    maxTimeoutSeconds: 3600,
    feeMinLovelace: 150_000n,
    feeMaxLovelace: 5_000_000n,
    maxInputs: 10,
    ledger: 'full',
    assets: new Set(['lovelace']),
    acceptMempool: true,
  });
});

test('a further network overrides some of them and inherits the others', () => {
  expect(verificationPolicyOf(config, 'cardano:preprod')).toMatchObject({
    maxInputs: 3,
    feeMinLovelace: 1n,
    feeMaxLovelace: 5_000_000n,
    assets: new Set([TOKEN]),
  });
});
