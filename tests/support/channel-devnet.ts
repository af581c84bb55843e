import { randomBytes } from 'node:crypto';
import { toHex } from '@x402-facilitator/cardano';
import {
  addressBytes,
  buildTransaction,
  CHANNEL_VALIDATOR,
  cbor,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import { blockfrost } from '@x402-facilitator/client';
import type { Stack } from '@x402-facilitator/tools/stack';

/** Puts the validator into an output, as its author would, and says where. */
export async function publishValidator({ control, devnet, network }: Stack): Promise<string> {
  const chain = blockfrost(network, { url: devnet.url });
  const publisher = walletOf(`publisher ${toHex(randomBytes(8))}`);
  await control.fund({ address: publisher.address(0), lovelace: 30_000_000n });
  const [funds] = await chain.unspentOutputs(publisher.address(0));
  if (funds === undefined) throw new Error('expected an output of the faucet, found none');
  const script = cbor.array([cbor.int(3), cbor.bytes(CHANNEL_VALIDATOR.bytes)]);
  const { bytes, id } = buildTransaction({
    inputs: [funds.outRef],
    outputs: [
      {
        address: addressBytes(0x60, cbor.hex(publisher.keyHash)),
        lovelace: 29_000_000n,
        form: 'map',
        extra: [[3, cbor.tag(24, cbor.bytes(script))]],
      },
    ],
    fee: 1_000_000n,
    signers: [publisher],
  });
  const sent = await chain.submit?.(bytes);
  if (sent?.ok !== true) throw new Error(`the devnet refused the validator: ${JSON.stringify(sent)}`);
  await control.forge();
  return `${id}#0`;
}

/** The clock of a devnet, which is ahead of this machine's by what was passed. It never runs backwards. */
export function devnetClock(stack: () => Stack) {
  let offsetMs = 0;
  return {
    now: () => Date.now() + offsetMs,
    async pass(ms: number): Promise<void> {
      offsetMs += ms;
      const { control, devnet } = stack();
      const answer = await fetch(`${devnet.controlUrl}/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ offsetMs }),
      });
      if (answer.status !== 200) throw new Error(`the devnet did not move its clock: ${await answer.text()}`);
      await control.forge();
    },
  };
}
