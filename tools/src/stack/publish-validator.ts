import { assembleWitness } from '@x402-facilitator/cardano';
import {
  decodeTransaction,
  encodeArray,
  encodeBytes,
  encodeHead,
  encodeMap,
  fromHex,
  parseAddress,
} from '@x402-facilitator/cardano/ledger';
import { blockfrost, keysOf, newSeedPhrase } from '@x402-facilitator/client';
import type { Stack } from './stack.js';

const PLUTUS_V3 = 3n;
const EMBEDDED_CBOR = 24n;
const FEE = 1_000_000n;

const uint = (value: bigint) => encodeHead(0, value);

/**
 * Puts a Plutus script into an output, as its author would. Transactions refer to it there.
 *
 * @param script its bytes, as a witness set holds them.
 * @returns `txHash#index`, in a block.
 */
export async function publishValidator(
  { network, devnet, control }: Pick<Stack, 'network' | 'devnet' | 'control'>,
  script: Uint8Array,
): Promise<string> {
  const chain = blockfrost(network, { url: devnet.url });
  const keys = await keysOf({ seedPhrase: newSeedPhrase() }, network);
  await control.fund({ address: keys.address, lovelace: 30_000_000n });
  const [funds] = await chain.unspentOutputs(keys.address);
  const address = parseAddress(keys.address);
  if (funds === undefined || !address.ok) throw new Error('Expected an output of the faucet, found none');
  const output = encodeMap([
    [uint(0n), encodeBytes(address.value.bytes)],
    [uint(1n), uint(funds.lovelace - FEE)],
    [
      uint(3n),
      Buffer.concat([
        encodeHead(6, EMBEDDED_CBOR),
        encodeBytes(encodeArray([uint(PLUTUS_V3), encodeBytes(script)])),
      ]),
    ],
  ]);
  const { txHash, index } = funds.outRef;
  const input = encodeArray([encodeBytes(fromHex(txHash) ?? new Uint8Array()), uint(BigInt(index))]);
  const body = encodeMap([
    [uint(0n), encodeArray([input])],
    [uint(1n), encodeArray([output])],
    [uint(2n), uint(FEE)],
  ]);
  const unsigned = encodeArray([body, encodeMap([]), Uint8Array.of(0xf5), Uint8Array.of(0xf6)]);
  const decoded = decodeTransaction(unsigned);
  if (!decoded.ok) throw new Error(decoded.error);
  const witnesses = await keys.sign(unsigned, fromHex(decoded.value.id) ?? new Uint8Array());
  const signed = witnesses.reduce(
    (bytes, { publicKey, signature }) => assembleWitness(bytes, publicKey, signature),
    unsigned,
  );
  const sent = await chain.submit?.(signed);
  if (sent?.ok !== true) throw new Error(`The devnet refused the validator: ${sent?.error}`);
  await control.forge();
  return `${sent.value}#0`;
}
