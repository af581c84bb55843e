import { blake2b256, toHex } from '@x402-facilitator/cardano';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { TEST_TOKEN_POLICY } from '@x402-facilitator/devnet/testing';
import { encode, Tag } from 'cbor2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../src/http/routes/index.js';
import { control, get } from './support/http.js';
import { coinOf, Payer } from './support/payer.js';
import { expectDocumented } from './support/schema.js';

const TOKEN = `${TEST_TOKEN_POLICY}${Buffer.from('tUSDM').toString('hex')}`;
/** A Plutus V3 program that always succeeds, as a node keeps it. */
const PLUTUS_V3 = Uint8Array.from(Buffer.from('450101002499', 'hex'));
const STAKE_ADDRESS = 'stake_test1uqehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gssrtvn';
const UNKNOWN_HASH = 'b10cf057'.repeat(8);

/** Facts of these tests' chain, by the names that paths use. */
type Facts = Readonly<Record<string, string>>;

let devnet: Devnet;
let facts: Facts;

/** A chain with everything in it: tokens, metadata, datums, native and Plutus scripts, and a waiting transaction. */
function populate(): Facts {
  const payer = new Payer();
  const [first, second, third] = payer.fund(devnet, 300_000_000n, 3);
  if (first === undefined || second === undefined || third === undefined) throw new Error('not funded');
  devnet.faucet.grant({
    address: payer.address,
    lovelace: 5_000_000n,
    assets: new Map([['745553444d', 1_000n]]),
    outputs: 1,
  });

  const metadata = encode(
    new Map([[674, new Map<unknown, unknown>([['msg', ['hello', 1, Uint8Array.of(1, 2)]]])]]),
  );
  const datum = encode(new Tag(121, [42, Uint8Array.of(1), new Map([[1, [2]]])]));
  const native = [0, Uint8Array.from(Buffer.from(payer.keyHash, 'hex'))];
  const output = (fields: readonly (readonly [number, unknown])[]) =>
    new Map<number, unknown>([[0, payer.addressBytes], [1, 10_000_000n], ...fields]);
  const embedded = (bytes: Uint8Array) => new Tag(24, bytes);
  const rich = payer.pay({
    from: [first],
    targets: [],
    auxiliaryData: metadata,
    body: new Map<number, unknown>([
      [
        1,
        [
          output([[2, [1, embedded(datum)]]]),
          output([[3, embedded(encode([3, PLUTUS_V3]))]]),
          output([[3, embedded(encode([0, native]))]]),
          output([[2, [0, blake2b256(datum)]]]),
          new Map<number, unknown>([
            [0, payer.addressBytes],
            [1, 59_800_000n],
          ]),
        ],
      ],
      [7, blake2b256(metadata)],
      [14, [Uint8Array.from(Buffer.from(payer.keyHash, 'hex'))]],
    ]),
  });
  const accepted = devnet.ledger.submit(rich.bytes);
  if (accepted.kind !== 'accepted') throw new Error(JSON.stringify(accepted));
  const [block] = devnet.timer.forge(3);
  const spending = payer.pay({ from: [second], targets: [{ to: payer.addressBytes, lovelace: 2_000_000n }] });
  devnet.ledger.submit(spending.bytes);
  devnet.timer.forge(1);
  const waiting = payer.pay({ from: [coinOf(spending, 0, 2_000_000n)], targets: [], ttl: 2_000_000_000 });
  devnet.ledger.submit(waiting.bytes);

  const scripts = [...(devnet.ledger.chain.transaction(rich.id)?.outputs ?? [])].flatMap(
    ({ output: { referenceScript } }) => referenceScript ?? [],
  );
  return {
    hash: rich.id,
    waiting: waiting.id,
    block: block?.hash ?? '',
    height: String(block?.height),
    slot: String(block?.slot),
    epoch: String(devnet.ledger.parameters().epoch),
    address: payer.address,
    token: TOKEN,
    plutus: scripts[0]?.hash ?? '',
    native: scripts[1]?.hash ?? '',
    datum: toHex(blake2b256(datum)),
  };
}

beforeAll(async () => {
  devnet = await startDevnet({ blockMs: 0 });
  facts = populate();
});
afterAll(() => devnet.close());

/** Every GET operation with paths that have an answer; `{name}` stands for a fact. */
const ANSWERED: readonly (readonly [template: string, ...paths: string[]])[] = [
  ['/', '/'],
  ['/health', '/health'],
  ['/health/clock', '/health/clock'],
  ['/genesis', '/genesis'],
  ['/network', '/network'],
  ['/network/eras', '/network/eras'],
  ['/epochs/latest', '/epochs/latest'],
  ['/epochs/latest/parameters', '/epochs/latest/parameters'],
  ['/epochs/{number}/parameters', '/epochs/{epoch}/parameters'],
  ['/blocks/latest', '/blocks/latest'],
  ['/blocks/latest/txs', '/blocks/latest/txs'],
  ['/blocks/latest/txs/cbor', '/blocks/latest/txs/cbor'],
  ['/blocks/slot/{slot_number}', '/blocks/slot/{slot}'],
  ['/blocks/{hash_or_number}', '/blocks/{block}', '/blocks/{height}', '/blocks/0'],
  ['/blocks/{hash_or_number}/next', '/blocks/{block}/next', '/blocks/0/next?count=2&page=2'],
  ['/blocks/{hash_or_number}/previous', '/blocks/{height}/previous'],
  ['/blocks/{hash_or_number}/txs', '/blocks/{block}/txs', '/blocks/0/txs'],
  ['/blocks/{hash_or_number}/txs/cbor', '/blocks/{block}/txs/cbor'],
  ['/blocks/{hash_or_number}/addresses', '/blocks/{block}/addresses'],
  ['/txs/{hash}', '/txs/{hash}'],
  ['/txs/{hash}/utxos', '/txs/{hash}/utxos'],
  ['/txs/{hash}/cbor', '/txs/{hash}/cbor'],
  ['/txs/{hash}/metadata/cbor', '/txs/{hash}/metadata/cbor'],
  ['/txs/{hash}/required_signers', '/txs/{hash}/required_signers'],
  ['/addresses/{address}', '/addresses/{address}'],
  ['/addresses/{address}/total', '/addresses/{address}/total'],
  ['/addresses/{address}/utxos', '/addresses/{address}/utxos'],
  [
    '/addresses/{address}/utxos/{asset}',
    '/addresses/{address}/utxos/{token}',
    '/addresses/{address}/utxos/lovelace',
  ],
  [
    '/addresses/{address}/transactions',
    '/addresses/{address}/transactions',
    '/addresses/{address}/transactions?from={height}&to={height}:0',
  ],
  ['/assets/{asset}', '/assets/{token}'],
  ['/assets/{asset}/addresses', '/assets/{token}/addresses'],
  ['/assets/{asset}/history', '/assets/{token}/history'],
  ['/assets/{asset}/transactions', '/assets/{token}/transactions'],
  ['/mempool', '/mempool'],
  ['/mempool/{hash}', '/mempool/{waiting}'],
  ['/mempool/addresses/{address}', '/mempool/addresses/{address}'],
  ['/scripts/{script_hash}', '/scripts/{plutus}', '/scripts/{native}'],
  ['/scripts/{script_hash}/cbor', '/scripts/{plutus}/cbor', '/scripts/{native}/cbor'],
  ['/scripts/datum/{datum_hash}', '/scripts/datum/{datum}'],
  ['/scripts/datum/{datum_hash}/cbor', '/scripts/datum/{datum}/cbor'],
  ['/metadata/txs/labels', '/metadata/txs/labels'],
  ['/metadata/txs/labels/{label}', '/metadata/txs/labels/674'],
];

/** Operations that Blockfrost's schema cannot check, with the tests below that check them. */
const CHECKED_BY_HAND = ['/txs/{hash}/metadata', '/scripts/{script_hash}/json', '/accounts/{stake_address}'];

function pathOf(pattern: string): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => facts[name] ?? `missing-${name}`);
}

describe('answers have the shapes of @blockfrost/openapi', () => {
  for (const [template, ...patterns] of ANSWERED) {
    it(`GET ${template}`, async () => {
      for (const pattern of patterns) {
        const { status, body } = await get(devnet, pathOf(pattern));
        expect(status, pattern).toBe(200);
        expectDocumented(template, 200, body);
        expect(body, `${pattern} is not empty`).not.toEqual([]);
      }
    });
  }

  it('every GET operation of the devnet is checked', () => {
    const checked = [...ANSWERED.map(([template]) => template), ...CHECKED_BY_HAND];
    const served = ROUTES.filter(({ method }) => method === 'GET').map(({ path }) => path);
    expect(served.toSorted()).toEqual(checked.toSorted());
  });

  it('metadata is rendered as JSON, byte strings as 0x', async () => {
    const { body } = await get(devnet, pathOf('/txs/{hash}/metadata'));
    expect(body).toEqual([{ label: '674', json_metadata: { msg: ['hello', 1, '0x0102'] } }]);
  });

  it('a native script is shown as JSON, a Plutus script as CBOR', async () => {
    const native = await get(devnet, pathOf('/scripts/{native}/json'));
    expect(native.body).toMatchObject({
      json: { type: 'sig', keyHash: expect.stringMatching(/^[0-9a-f]{56}$/) },
    });
    const plutus = await get(devnet, pathOf('/scripts/{plutus}/json'));
    expect(plutus.body).toEqual({ json: null });
    const cbor = await get(devnet, pathOf('/scripts/{plutus}/cbor'));
    expect(cbor.body).toEqual({ cbor: '450101002499' });
  });

  it('a datum is shown in the detailed schema', async () => {
    const { body } = await get(devnet, pathOf('/scripts/datum/{datum}'));
    expect(body).toEqual({
      json_value: {
        constructor: 0,
        fields: [{ int: 42 }, { bytes: '01' }, { map: [{ k: { int: 1 }, v: { list: [{ int: 2 }] } }] }],
      },
    });
  });
});

describe('errors have the shapes and words of the service', () => {
  const cases: readonly (readonly [template: string, path: string, status: number, message: string])[] = [
    ['/txs/{hash}', `/txs/${UNKNOWN_HASH}`, 404, 'The requested component has not been found.'],
    ['/txs/{hash}/utxos', '/txs/{waiting}/utxos', 404, 'The requested component has not been found.'],
    [
      '/blocks/{hash_or_number}',
      `/blocks/${UNKNOWN_HASH}`,
      404,
      'The requested component has not been found.',
    ],
    ['/blocks/{hash_or_number}', '/blocks/-1', 400, 'Missing, out of range or malformed block number.'],
    ['/blocks/{hash_or_number}', '/blocks/stonks', 400, 'Missing or malformed block hash.'],
    ['/blocks/slot/{slot_number}', '/blocks/slot/x', 400, 'params/slot_number must be integer'],
    [
      '/epochs/{number}/parameters',
      '/epochs/99999/parameters',
      404,
      'The requested component has not been found.',
    ],
    ['/mempool/{hash}', '/mempool/{hash}', 404, 'The requested component has not been found.'],
    [
      '/accounts/{stake_address}',
      `/accounts/${STAKE_ADDRESS}`,
      404,
      'The requested component has not been found.',
    ],
    ['/accounts/{stake_address}', '/accounts/stonks', 400, 'Invalid or malformed stake address format.'],
    ['/assets/{asset}', '/assets/stonks', 400, 'Invalid or malformed asset format.'],
    [
      '/addresses/{address}',
      '/addresses/addr1qygl5xsd57u59wv6mszq6tu32t55qx60fz4t2mwytjxztxtswj8ngt9puck7f0cqxzsfe62un6ln88yy8c8tguz8twmq55qrdt',
      400,
      'Invalid address for this network or malformed address format.',
    ],
    [
      '/addresses/{address}/utxos',
      '/addresses/{address}/utxos?count=101',
      400,
      'querystring/count must be <= 100',
    ],
    ['/addresses/{address}/utxos', '/addresses/{address}/utxos?page=0', 400, 'querystring/page must be >= 1'],
    [
      '/addresses/{address}/utxos',
      '/addresses/{address}/utxos?order=up',
      400,
      'querystring/order must be equal to one of the allowed values',
    ],
    [
      '/addresses/{address}/transactions',
      '/addresses/{address}/transactions?from=x',
      400,
      'Invalid (malformed or out of range) from/to parameter(s).',
    ],
    ['/txs/{hash}', '/stonks', 400, 'Invalid path. Please check https://docs.blockfrost.io/'],
  ];
  for (const [template, pattern, status, message] of cases) {
    it(`${pattern.slice(0, 60)} answers ${status}`, async () => {
      const reply = await get(devnet, pathOf(pattern));
      expect(reply.status).toBe(status);
      expectDocumented(template, status, reply.body);
      expect(reply.body).toMatchObject({ status_code: status, message });
    });
  }

  it('several slashes are one, in answers and for faults', async () => {
    const path = pathOf('/addresses/{address}/utxos');
    const single = await get(devnet, path);
    expect(single.status).toBe(200);
    for (const spelled of [`/${path}`, path.replace('/utxos', '///utxos')])
      expect((await get(devnet, spelled)).body).toEqual(single.body);
    await control(devnet, '/faults', { operation: path, kind: 'status', status: 500, count: 1 });
    expect((await get(devnet, `/${path}`)).status).toBe(500);
  });

  it('an address that never held anything is not found', async () => {
    const { status } = await get(devnet, `/addresses/${new Payer().address}/utxos`);
    expect(status).toBe(404);
  });
});
