import {
  type ChainOutput,
  encodeArray,
  encodeBytes,
  encodeHead,
  fromHex,
  parseAddress,
  type ReferenceScript,
} from '@x402-facilitator/cardano';

const LANGUAGES: readonly ReferenceScript['language'][] = ['native', 'plutusV1', 'plutusV2', 'plutusV3'];
const ENCODED_DATA = 24n;

function bytes(hex: string): Uint8Array {
  const value = fromHex(hex);
  if (value === undefined) throw new TypeError(`expected hex, found '${hex}'`);
  return value;
}

function unsigned(value: bigint | number): Uint8Array {
  return encodeHead(0, BigInt(value));
}

function map(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  return Buffer.concat([encodeHead(5, BigInt(entries.length)), ...entries.flat()]);
}

function embedded(content: Uint8Array): Uint8Array {
  return Buffer.concat([encodeHead(6, ENCODED_DATA), encodeBytes(content)]);
}

function valueCbor({ lovelace, assets }: ChainOutput): Uint8Array {
  if (assets.size === 0) return unsigned(lovelace);
  const byPolicy = new Map<string, [Uint8Array, Uint8Array][]>();
  for (const [asset, quantity] of assets) {
    const [policy = '', name = ''] = asset.split('.');
    const tokens = byPolicy.get(policy) ?? [];
    tokens.push([encodeBytes(bytes(name)), unsigned(quantity)]);
    byPolicy.set(policy, tokens);
  }
  const policies = [...byPolicy].map(
    ([policy, tokens]) => [encodeBytes(bytes(policy)), map(tokens)] as const,
  );
  return encodeArray([unsigned(lovelace), map(policies)]);
}

function addressBytes(text: string): Uint8Array {
  const address = parseAddress(text);
  if (!address.ok) throw new TypeError(address.error);
  return address.value.bytes;
}

function outputCbor(output: ChainOutput): Uint8Array {
  const { address, datumHash, inlineDatum, referenceScript } = output;
  const fields: [Uint8Array, Uint8Array][] = [
    [unsigned(0), encodeBytes(addressBytes(address))],
    [unsigned(1), valueCbor(output)],
  ];
  if (inlineDatum !== undefined) {
    fields.push([unsigned(2), encodeArray([unsigned(1), embedded(bytes(inlineDatum))])]);
  } else if (datumHash !== undefined) {
    fields.push([unsigned(2), encodeArray([unsigned(0), encodeBytes(bytes(datumHash))])]);
  }
  if (referenceScript !== undefined) {
    const { language } = referenceScript;
    const code = bytes(referenceScript.bytes);
    const script = encodeArray([
      unsigned(LANGUAGES.indexOf(language)),
      language === 'native' ? code : encodeBytes(code),
    ]);
    fields.push([unsigned(3), embedded(script)]);
  }
  return map(fields);
}

/**
 * A set of unspent outputs as CBOR, `{[transaction_id, index] => output}`.
 *
 * @throws TypeError for an output whose address or bytes are none.
 */
export function utxoCbor(outputs: readonly ChainOutput[]): Uint8Array {
  return map(
    outputs.map((output) => {
      const { txHash, index } = output.outRef;
      return [encodeArray([encodeBytes(bytes(txHash)), unsigned(index)]), outputCbor(output)];
    }),
  );
}
