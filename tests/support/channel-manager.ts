import { CHANNEL_VALIDATOR, PROVIDER } from '@x402-facilitator/cardano/testing';
import { blockfrost } from '@x402-facilitator/client';
import { CardanoFacilitatorClient } from '@x402-facilitator/server';
import {
  ChannelManager,
  type ChannelManagerOptions,
  type ClaimRules,
  type ManagerEvent,
} from '@x402-facilitator/server/channel-manager';
import type { ChannelStore } from '@x402-facilitator/server/channels';

/** Where a seller's manager finds what it needs. */
export type ManagerPlaces = {
  readonly chainUrl: string;
  readonly facilitatorUrl: string;
  readonly rules?: Partial<ClaimRules>;
  /** How long one round waits for a claim. */
  readonly settleWithinMs?: number;
  /** In place of the one at `facilitatorUrl`. */
  readonly facilitator?: ChannelManagerOptions['facilitator'];
};

/**
 * The manager of the tests' provider. What it has to say is kept in `events`.
 *
 * @param beforeSigning what happens between reading the channels and sending the claim.
 */
export function channelManager(
  store: ChannelStore,
  { chainUrl, facilitatorUrl, rules, settleWithinMs = 20_000, facilitator }: ManagerPlaces,
  beforeSigning: () => Promise<void> = async () => undefined,
) {
  const events: ManagerEvent[] = [];
  const manager = new ChannelManager({
    store,
    chain: blockfrost('cardano:preview', { url: chainUrl }),
    facilitator: facilitator ?? new CardanoFacilitatorClient({ url: facilitatorUrl, settleWithinMs }),
    keys: {
      address: PROVIDER.address(0),
      sign: async (_, id) => {
        await beforeSigning();
        return [{ publicKey: PROVIDER.publicKey, signature: PROVIDER.sign(id) }];
      },
    },
    validator: { kind: 'witness', bytes: CHANNEL_VALIDATOR.bytes },
    intervalMs: 0,
    checkEveryMs: 500,
    ...rules,
    onEvent: (event) => events.push(event),
  });
  return { manager, events };
}
