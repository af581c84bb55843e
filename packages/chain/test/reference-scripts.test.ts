import { blake2b224, fromHex, toHex } from '@x402-facilitator/cardano';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import { expect, onTestFinished, test } from 'vitest';
import { txHashOf, utxoOutput, utxos } from './support/answers.js';
import { type Script, startScriptedServer } from './support/scripted-server.js';

const TX = txHashOf('a');
/** The script that always succeeds, as the ledger holds it: flat bytes in one CBOR byte string. */
const PLUTUS = '4d01000033222220051200120011';
const WRAPPED = `4e${PLUTUS}`;

const hashOf = (tag: number, bytes: string) =>
  toHex(blake2b224(Uint8Array.from([tag, ...(fromHex(bytes) ?? [])])));

async function carrying(hash: string, scripts: Record<string, Script>) {
  const server = await startScriptedServer({
    [`/txs/${TX}/utxos`]: utxos(TX, [
      utxoOutput({ reference_script_hash: hash }),
      utxoOutput({ output_index: 1, reference_script_hash: hash }),
    ]),
    ...scripts,
  });
  const provider = createBlockfrostProvider({ network: 'cardano:preview', url: server.url });
  onTestFinished(() => provider.close());
  return { provider, server };
}

test.each([
  ['bare', PLUTUS],
  ['wrapped in one more byte string', WRAPPED],
])('a Plutus script that comes %s is returned as the bytes that its hash covers', async (_, cbor) => {
  const hash = hashOf(2, PLUTUS);
  const { provider } = await carrying(hash, {
    [`/scripts/${hash}`]: { json: { script_hash: hash, type: 'plutusV2', serialised_size: 14 } },
    [`/scripts/${hash}/cbor`]: { json: { cbor } },
  });
  const [found] = (await provider.getTransactionOutputs(TX)) ?? [];
  expect(found?.output.referenceScript).toStrictEqual({ hash, language: 'plutusV2', bytes: PLUTUS });
});

test('a native script that comes as JSON is returned as the bytes that its hash covers', async () => {
  const keyHash = '4b'.repeat(28);
  const json = {
    type: 'all',
    scripts: [
      { type: 'sig', keyHash },
      { type: 'before', slot: 100_000 },
      { type: 'atLeast', required: 1, scripts: [{ type: 'after', slot: 5 }] },
    ],
  };
  const bytes = `8201838200581c${keyHash}82051a000186a083030181820405`;
  const hash = hashOf(0, bytes);
  const { provider } = await carrying(hash, {
    [`/scripts/${hash}`]: { json: { script_hash: hash, type: 'timelock', serialised_size: null } },
    [`/scripts/${hash}/json`]: { json: { json } },
  });
  const [found] = (await provider.getTransactionOutputs(TX)) ?? [];
  expect(found?.output.referenceScript).toStrictEqual({ hash, language: 'native', bytes });
});

test('a script that does not hash to its name is an error', async () => {
  const hash = hashOf(2, PLUTUS);
  const { provider } = await carrying(hash, {
    [`/scripts/${hash}`]: { json: { script_hash: hash, type: 'plutusV3', serialised_size: 14 } },
    [`/scripts/${hash}/cbor`]: { json: { cbor: PLUTUS } },
  });
  await expect(provider.getTransactionOutputs(TX)).rejects.toThrow(
    'no form of what the provider gave has this hash',
  );
});

test('a script is read once for all outputs that carry it, and again only if reading failed', async () => {
  const hash = hashOf(3, PLUTUS);
  let healthy = false;
  const { provider, server } = await carrying(hash, {
    [`/scripts/${hash}`]: (_request, response) =>
      healthy
        ? response.end(JSON.stringify({ script_hash: hash, type: 'plutusV3' }))
        : response.writeHead(500).end('{}'),
    [`/scripts/${hash}/cbor`]: { json: { cbor: PLUTUS } },
  });
  await expect(provider.getTransactionOutputs(TX)).rejects.toThrow('HTTP 500');
  healthy = true;
  await provider.getTransactionOutputs(TX);
  await provider.getTransactionOutputs(TX);
  expect(server.requests.filter((request) => request === `GET /scripts/${hash}`)).toHaveLength(2);
  expect(server.requests.filter((request) => request === `GET /scripts/${hash}/cbor`)).toHaveLength(1);
});
