import type { TxHash } from '@x402-facilitator/cardano';
import { wordsOfUnreadable } from '@x402-facilitator/shared/operations';
import type { CommandContext, ReasonOption } from '../command.js';
import { OpsError } from '../errors.js';

/**
 * `ops redeem TX`: an operator's word that the success of a payment was never handed out. `/settle` then hands it out, once,
 * though a block held the payment before it was claimed here.
 */
export async function redeem(
  { networks, out }: CommandContext,
  txHash: TxHash,
  { reason }: Required<ReasonOption>,
): Promise<number> {
  for (const { network, journal } of networks) {
    const outcome = await journal.redeem(network, txHash, reason);
    switch (outcome.kind) {
      case 'not-found':
        continue;
      case 'unreadable':
        throw new OpsError(`${network}: ${wordsOfUnreadable([outcome.record])}`);
      case 'unpaid':
        throw new OpsError(
          `${txHash} is ${outcome.settlement.state}: it paid nothing, so there is no success`,
        );
      case 'already-delivered':
        throw new OpsError(`the success of ${txHash} was handed out: it is not given again`);
      case 'redeemed':
        out(`${txHash} may be collected with /settle, once: ${outcome.settlement.redeemedBecause ?? reason}`);
        return 0;
    }
  }
  const [only, ...others] = networks;
  if (only === undefined || others.length > 0)
    throw new OpsError(`no record of ${txHash} is there: say with --network where it is in a block`);
  await only.journal.announceRedemption(only.network, txHash, reason);
  out(`${txHash} has no record: once a block holds it, the next /settle claims it and may collect it, once`);
  return 0;
}
