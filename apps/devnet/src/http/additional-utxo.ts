import {
  blake2b224,
  type ChainOutput,
  err,
  fromHex,
  lovelace,
  nativeAssetId,
  ok,
  parseAssetId,
  parseTxHash,
  type ReferenceScript,
  type Result,
  toHex,
} from '@x402-facilitator/cardano';
import { z } from 'zod';

const quantity = z.union([z.int().min(0), z.string().regex(/^\d+$/)]).transform((value) => BigInt(value));
const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/i, 'expected hex');

const SCRIPTS = { 'plutus:v1': 1, 'plutus:v2': 2, 'plutus:v3': 3 } as const;
const LANGUAGES = ['native', 'plutusV1', 'plutusV2', 'plutusV3'] as const;

const output = z.object({
  address: z.string(),
  value: z.object({ coins: quantity, assets: z.record(z.string(), quantity).optional() }),
  datumHash: hex.nullish(),
  datum: hex.nullish(),
  script: z.partialRecord(z.enum(['plutus:v1', 'plutus:v2', 'plutus:v3']), hex).nullish(),
});

const input = z.object({ txId: z.string(), index: z.int().min(0).max(65_535) });

/** An entry of Ogmios' additional UTxO set, `[TxIn, TxOut]`. */
export const additionalUtxo = z.tuple([input, output]);

function referenceScript(scripts: z.output<typeof output>['script']): ReferenceScript | undefined {
  for (const [name, number] of Object.entries(SCRIPTS)) {
    const bytes = fromHex(scripts?.[name as keyof typeof SCRIPTS]?.toLowerCase() ?? '');
    if (bytes === undefined || bytes.length === 0) continue;
    const hash = toHex(blake2b224(Buffer.concat([Uint8Array.of(number), bytes])));
    return { hash, language: LANGUAGES[number], bytes: toHex(bytes) };
  }
  return undefined;
}

/** The output that an entry describes, or what is wrong with the entry. */
export function additionalOutput([txIn, txOut]: z.output<typeof additionalUtxo>): Result<
  ChainOutput,
  string
> {
  const txHash = parseTxHash(txIn.txId);
  if (txHash === undefined) return err(`txId: expected 64 hex characters, found '${txIn.txId}'`);
  const assets = new Map();
  for (const [unit, amount] of Object.entries(txOut.value.assets ?? {})) {
    // Ogmios omits the dot when the asset has no name.
    const asset = parseAssetId(unit) ?? parseAssetId(nativeAssetId(unit, ''));
    if (asset === undefined) return err(`assets: expected policyId.assetName in hex, found '${unit}'`);
    assets.set(asset, amount);
  }
  const script = referenceScript(txOut.script);
  return ok({
    outRef: { txHash, index: txIn.index },
    address: txOut.address,
    lovelace: lovelace(txOut.value.coins),
    assets,
    ...(txOut.datumHash == null ? {} : { datumHash: txOut.datumHash }),
    ...(txOut.datum == null ? {} : { inlineDatum: txOut.datum }),
    ...(script === undefined ? {} : { referenceScript: script }),
  });
}
