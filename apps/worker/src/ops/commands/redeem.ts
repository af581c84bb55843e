import type { TxHash } from '@x402-facilitator/cardano';
import { type CommandContext, findSettlement, type ReasonOption } from '../command.js';
import { OpsError } from '../errors.js';
import { wordsOfUnreadable } from '../words.js';

/**
 * `ops redeem TX`: an operator's word that the success of a payment was never handed out. `/settle` then hands it out, once,
 * though a block held the payment before it was claimed here.
 */
export async function redeem(
  { networks, out }: CommandContext,
  txHash: TxHash,
  { reason }: Required<ReasonOption>,
): Promise<number> {
  const { at } = await findSettlement(networks, txHash);
  const outcome = await at.journal.redeem(at.network, txHash, reason);
  switch (outcome.kind) {
    case 'unreadable':
      throw new OpsError(`${at.network}: ${wordsOfUnreadable([outcome.record])}`);
    case 'not-found':
      throw new OpsError(`no settlement of ${txHash} is known on ${at.network} any more`);
    case 'unpaid':
      throw new OpsError(`${txHash} is ${outcome.settlement.state}: it paid nothing, so there is no success`);
    case 'already-delivered':
      throw new OpsError(`the success of ${txHash} was handed out: it is not given again`);
    case 'redeemed':
      out(`${txHash} may be collected with /settle, once: ${outcome.settlement.redeemedBecause ?? reason}`);
      return 0;
  }
}
