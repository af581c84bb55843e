import { blake2b256 } from '@x402-facilitator/cardano';
import type { Devnet } from '@x402-facilitator/devnet';
import type { DevnetOptions } from '@x402-facilitator/devnet/testing';
import { encode, Tag } from 'cbor2';
import { describe, expect, it } from 'vitest';
import { devnetForTest, submit } from './support/http.js';
import { type Coin, Payer, type PaymentFields } from './support/payer.js';
import { expectDocumented } from './support/schema.js';

const ADA = 1_000_000n;
const EMPTY_BODY_FLAG = 0xf4;

/** The rules' texts inside the message of a refused submission. */
function ledgerTexts(body: unknown): string[] {
  const { message } = body as { message: string };
  const parsed = JSON.parse(message);
  expect(parsed).toMatchObject({
    tag: 'TxSubmitFail',
    contents: {
      tag: 'TxCmdTxSubmitValidationError',
      contents: {
        tag: 'TxValidationErrorInCardanoMode',
        contents: { kind: 'ShelleyTxValidationError', era: 'ShelleyBasedEraConway' },
      },
    },
  });
  return parsed.contents.contents.contents.error;
}

const JUDGES = ['second', 'own'] as const;

type Scene = { readonly devnet: Devnet; readonly payer: Payer; readonly coin: Coin; readonly other: Coin };

async function scene(options: DevnetOptions = {}): Promise<Scene> {
  const devnet = await devnetForTest(options);
  const payer = new Payer();
  const [coin, other] = payer.fund(devnet, 20n * ADA, 2);
  if (coin === undefined || other === undefined) throw new Error('the faucet gave no coins');
  return { devnet, payer, coin, other };
}

async function refusal(devnet: Devnet, bytes: Uint8Array): Promise<string[]> {
  const reply = await submit(devnet, bytes);
  expect(reply.status).toBe(400);
  expectDocumented('/tx/submit', 400, reply.body);
  return ledgerTexts(reply.body);
}

describe('a submission is refused in the node’s words', () => {
  /** The fault of the payment, and a node's text for it. */
  const cases: readonly (readonly [name: string, (scene: Scene) => Partial<PaymentFields>, text: RegExp])[] =
    [
      [
        'too small a fee',
        () => ({ fee: 150_000n }),
        /^ConwayUtxowFailure \(UtxoFailure \(FeeTooSmallUTxO \(Mismatch \{mismatchSupplied = Coin 150000, mismatchExpected = Coin 1\d{5}\}\)\)\)$/,
      ],
      [
        'a validity that has passed',
        () => ({ ttl: 1_000 }),
        /^ConwayUtxowFailure \(UtxoFailure \(OutsideValidityIntervalUTxO \(ValidityInterval \{invalidBefore = SNothing, invalidHereafter = SJust \(SlotNo 1000\)\}\) \(SlotNo \d+\)\)\)$/,
      ],
      [
        'a validity that has not begun',
        () => ({ validityStart: 4_000_000_000 }),
        /OutsideValidityIntervalUTxO \(ValidityInterval \{invalidBefore = SJust \(SlotNo 4000000000\), invalidHereafter = SNothing\}\)/,
      ],
      [
        'an output below min-UTxO',
        ({ payer }) => ({ targets: [{ to: payer.addressBytes, lovelace: 500_000n }] }),
        /^ConwayUtxowFailure \(UtxoFailure \(BabbageOutputTooSmallUTxO \[\(\(Addr Testnet \(KeyHashObj \(KeyHash \{unKeyHash = "[0-9a-f]{56}"\}\)\) StakeRefNull,MaryValue \(Coin 500000\) \(MultiAsset \(fromList \[\]\)\),NoDatum,SNothing\),Coin \d+\)\]\)\)$/,
      ],
      [
        'an output on another network',
        () => ({ targets: [{ to: new Payer(1).addressBytes, lovelace: 2n * ADA }] }),
        /^ConwayUtxowFailure \(UtxoFailure \(WrongNetwork /,
      ],
      [
        'another network in the body',
        () => ({ networkId: 1 }),
        /^ConwayUtxowFailure \(UtxoFailure \(WrongNetworkInTxBody /,
      ],
      [
        'no witness of its owner',
        () => ({ witnesses: new Map() }),
        /^ConwayUtxowFailure \(MissingVKeyWitnessesUTXOW \(fromList \[KeyHash \{unKeyHash = "[0-9a-f]{56}"\}\]\)\)$/,
      ],
      [
        'a signature over something else',
        ({ payer }) => ({
          witnesses: new Map([[0, new Tag(258, [payer.witness(blake2b256(Uint8Array.of(1)))])]]),
        }),
        /^ConwayUtxowFailure \(InvalidWitnessesUTXOW \[VKey \(VerKeyEd25519DSIGN "[0-9a-f]{64}"\)\]\)$/,
      ],
      [
        'an auxiliary data hash that matches nothing',
        () => ({ body: new Map([[7, new Uint8Array(32)]]), auxiliaryData: encode(new Map([[1, 'x']])) }),
        /^ConwayUtxowFailure \(ConflictingMetadataHash /,
      ],
      [
        'minting under a policy whose key did not sign',
        ({ payer }) => ({
          body: new Map([[9, new Map([[new Uint8Array(28), new Map([[Uint8Array.of(1), 1]])]])]]),
          targets: [{ to: payer.addressBytes, lovelace: 2n * ADA }],
        }),
        /MissingScriptWitnessesUTXOW/,
      ],
    ];

  const judged = cases.flatMap(([name, ...rest]) => JUDGES.map((judge) => [judge, name, ...rest] as const));
  for (const [judge, name, wrong, text] of judged) {
    it(`${name}, says the judge '${judge}'`, async () => {
      const { devnet, payer, coin, ...rest } = await scene({ judge });
      const usual = { from: [coin], targets: [{ to: payer.addressBytes, lovelace: 2n * ADA }] };
      const payment = payer.pay({ ...usual, ...wrong({ devnet, payer, coin, ...rest }) });
      const texts = await refusal(devnet, payment.bytes);
      expect(texts).toEqual(expect.arrayContaining([expect.stringMatching(text)]));
      expect(devnet.ledger.mempool.size).toBe(0);
      expect(devnet.ledger.submissions.get(payment.id)).toMatchObject({
        submitted: 1,
        accepted: 0,
        rejected: 1,
      });
    });
  }

  it('more value out than in', async () => {
    const { devnet, payer, coin } = await scene();
    const payment = payer.pay({ from: [coin], targets: [{ to: payer.addressBytes, lovelace: 11n * ADA }] });
    expect(await refusal(devnet, payment.bytes)).toEqual([
      'ConwayUtxowFailure (UtxoFailure (ValueNotConservedUTxO (Mismatch {mismatchSupplied = MaryValue (Coin 10000000) ' +
        '(MultiAsset (fromList [])), mismatchExpected = MaryValue (Coin 11200000) (MultiAsset (fromList []))})))',
    ]);
  });

  it('one of two inputs unknown: the input and the value that is missing with it', async () => {
    const { devnet, payer, coin } = await scene();
    const unknown: Coin = { outRef: { txHash: 'ab'.repeat(32) as never, index: 7 }, lovelace: 5n * ADA };
    const payment = payer.pay({
      from: [coin, unknown],
      targets: [{ to: payer.addressBytes, lovelace: 2n * ADA }],
    });
    expect(await refusal(devnet, payment.bytes)).toEqual([
      `ConwayUtxowFailure (UtxoFailure (BadInputsUTxO (fromList [TxIn (TxId {unTxId = SafeHash "${'ab'.repeat(32)}"}) (TxIx {unTxIx = 7})])))`,
      expect.stringContaining('ValueNotConservedUTxO'),
    ]);
  });

  it('every input unknown or spent: probably included before', async () => {
    const { devnet, payer, coin } = await scene();
    const payment = payer.pay({ from: [coin], targets: [] });
    expect((await submit(devnet, payment.bytes)).body).toBe(payment.id);
    const allSpent = [
      'ConwayMempoolFailure "All inputs are spent. Transaction has probably already been included"',
    ];
    expect(await refusal(devnet, payment.bytes), 'while it waits in the mempool').toEqual(allSpent);
    const conflicting = payer.pay({
      from: [coin],
      targets: [{ to: payer.addressBytes, lovelace: 2n * ADA }],
    });
    expect(await refusal(devnet, conflicting.bytes), 'a double spend').toEqual(allSpent);
    devnet.timer.forge(1);
    expect(await refusal(devnet, payment.bytes), 'once it is in a block').toEqual(allSpent);
  });

  it('a false phase-2 flag although no script fails', async () => {
    const { devnet, payer, coin } = await scene();
    const { bytes } = payer.pay({ from: [coin], targets: [] });
    bytes[bytes.length - 2] = EMPTY_BODY_FLAG;
    expect(await refusal(devnet, bytes)).toEqual([
      'ConwayUtxowFailure (UtxoFailure (UtxosFailure (ValidationTagMismatch (IsValid False) PassedUnexpectedly)))',
    ]);
  });

  it('bytes that are not a transaction: a read error', async () => {
    const { devnet, payer, coin } = await scene();
    const { bytes } = payer.pay({ from: [coin], targets: [] });
    for (const wrong of [Uint8Array.of(1, 2, 3), Buffer.concat([bytes, Uint8Array.of(0)])]) {
      const reply = await submit(devnet, wrong);
      expect(reply.status).toBe(400);
      const parsed = JSON.parse((reply.body as { message: string }).message);
      expect(parsed).toMatchObject({ tag: 'TxSubmitFail', contents: { tag: 'TxCmdTxReadError' } });
    }
    expect(devnet.ledger.submissions.undecodable).toBe(2);
  });

  it('the same input twice: a read error, as a node’s decoder has it', async () => {
    const { devnet, payer, coin } = await scene();
    const payment = payer.pay({
      from: [coin, coin],
      targets: [{ to: payer.addressBytes, lovelace: 2n * ADA }],
    });
    const reply = await submit(devnet, payment.bytes);
    expect(reply.status).toBe(400);
    expect((reply.body as { message: string }).message).toContain('TxCmdTxReadError');
  });

  it('an empty body, or one of another content type', async () => {
    const { devnet } = await scene();
    const empty = await fetch(`${devnet.url}/tx/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
    });
    expect(empty.status).toBe(400);
    const text = await fetch(`${devnet.url}/tx/submit`, { method: 'POST', body: 'hello' });
    expect(text.status).toBe(415);
  });
});

describe.each(JUDGES)(
  'a submission is judged in the slot after the tip’s, whatever the clock says, by the %s judge',
  (judge) => {
    it('so a validity that begins now waits for the next block', async () => {
      const { devnet, payer, coin } = await scene({ judge });
      devnet.ledger.setClockOffset(60_000);
      const validityStart = devnet.ledger.currentSlot();
      const { bytes } = payer.pay({ from: [coin], targets: [], validityStart });
      const next = devnet.ledger.chain.tip.slot + 1;
      expect((await refusal(devnet, bytes))[0]).toContain(`(SlotNo ${next})`);
      devnet.timer.forge(1);
      expect((await submit(devnet, bytes)).status).toBe(200);
    });

    it('so a validity that has passed since the last block is taken, and no block includes it', async () => {
      const { devnet, payer, coin } = await scene({ judge });
      const ttl = devnet.ledger.chain.tip.slot + 30;
      devnet.ledger.setClockOffset(60_000);
      const { bytes, id } = payer.pay({ from: [coin], targets: [], ttl });
      expect((await submit(devnet, bytes)).status).toBe(200);
      devnet.timer.forge(1);
      expect(devnet.ledger.chain.tip.transactions.map((it) => it.id)).not.toContain(id);
      expect(devnet.ledger.mempool.get(id)).toBeUndefined();
    });
  },
);
