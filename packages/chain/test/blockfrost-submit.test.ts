import { createBlockfrostProvider } from '@x402-facilitator/chain';
import { expect, onTestFinished, test } from 'vitest';
import { txHashOf } from './support/answers.js';
import { type Script, startScriptedServer } from './support/scripted-server.js';

const TX = txHashOf('a');
const BYTES = Uint8Array.from([0x84, 0xa0, 0xa0, 0xf5, 0xf6]);

async function submitTo(script: Script, options: { submitTimeoutMs?: number } = {}) {
  const server = await startScriptedServer({ '/tx/submit': script });
  const provider = createBlockfrostProvider({ network: 'cardano:preview', url: server.url, ...options });
  onTestFinished(() => provider.close());
  return { outcome: await provider.submitTransaction(BYTES), server };
}

const error = (status: number, message: string, headers: Record<string, string> = {}): Script => ({
  status,
  headers,
  json: { status_code: status, error: 'Error', message },
});

test('an accepted submission sends the very bytes as CBOR and gives the id that the node computed', async () => {
  const { outcome, server } = await submitTo({ json: TX });
  expect(outcome).toStrictEqual({ kind: 'accepted', txHash: TX });
  expect(server.requests).toStrictEqual(['POST /tx/submit']);
  expect(server.headers[0]).toMatchObject({ 'content-type': 'application/cbor' });
  expect(server.bodies[0]).toStrictEqual(Buffer.from(BYTES));
});

test.each([
  [
    'a ledger error, as Blockfrost quotes it',
    '"transaction submit error ShelleyTxValidationError ShelleyBasedEraConway (ApplyTxError (ConwayUtxowFailure (UtxoFailure (ValueNotConservedUTxO …))))"',
  ],
  [
    'a ledger error of cardano-submit-api',
    '{"tag":"TxCmdTxSubmitValidationError","contents":{"tag":"TxValidationErrorInCardanoMode"}}',
  ],
  [
    'undecodable bytes',
    '"transaction read error RawCborDecodeError [DecoderErrorDeserialiseFailure \\"Byron Tx\\"]"',
  ],
  [
    'spent inputs: by this transaction or by a rival, the words do not say',
    'ShelleyTxValidationError ShelleyBasedEraConway (ApplyTxError (ConwayMempoolFailure "All inputs are spent. Transaction has probably already been included" :| []))',
  ],
])('400 with %s is a rejection in the provider’s words', async (_, message) => {
  const { outcome } = await submitTo(error(400, message));
  expect(outcome.kind).toBe('rejected');
  expect(outcome).toMatchObject({ message: expect.stringMatching(/ShelleyTx|TxCmd|read error/) });
});

test.each([
  'Backend did not understand your request.',
  'Invalid path. Please check https://docs.blockfrost.io/',
  'TxCmdSocketEnvError: the node socket is not there',
  'transaction submit error: mempool is full, ShelleyTxValidationError unknown',
  'TxValidationErrorInCardanoMode (EraMismatch Babbage Conway)',
  '',
])('400 without a verdict on the transaction is ambiguous: %j', async (message) => {
  const { outcome } = await submitTo(error(400, message));
  expect(outcome).toMatchObject({ kind: 'ambiguous', status: 400 });
});

test.each([402, 403, 404, 413, 418, 425, 429, 500, 502, 503, 504, 301])(
  'status %i is ambiguous with any body, and carries the time to wait',
  async (status) => {
    const words = 'ShelleyTxValidationError (ApplyTxError (BadInputsUTxO …))';
    const { outcome } = await submitTo(error(status, words, { 'retry-after': '3' }));
    expect(outcome).toMatchObject({ kind: 'ambiguous', status, retryAfterMs: 3000 });
  },
);

test.each(['transaction is already in the mempool', 'duplicate tx'])(
  'only words about this transaction make it already known: %s',
  async (message) => {
    const { outcome } = await submitTo(error(400, message));
    expect(outcome).toStrictEqual({ kind: 'already-known', message });
  },
);

test.each([
  'tx already known',
  'duplicate tx',
  'mempool is full',
  'EraMismatch',
  'the transaction is already in the ledger',
])('a script’s own log is not the node’s word on the transaction: %s', async (log) => {
  const refusal = `transaction submit error ShelleyTxValidationError ShelleyBasedEraConway (ApplyTxError (ConwayUtxowFailure (UtxoFailure (UtxosFailure (ValidationTagMismatch (IsValid True) (FailedUnexpectedly (PlutusFailure "x \\" ${log}`;
  const whole = `${refusal}" y))))) :| []))`;
  const wrapped = JSON.stringify({
    contents: { error: [whole], kind: 'ShelleyTxValidationError' },
    tag: 'TxSubmitFail',
  });
  // A gateway may cut it.
  for (const message of [whole, wrapped, JSON.stringify(whole), refusal])
    expect((await submitTo(error(400, message))).outcome).toMatchObject({ kind: 'rejected', lasting: [] });
});

test('a ledger’s word inside quoted text makes no refusal', async () => {
  const { outcome } = await submitTo(error(400, 'cannot read "ApplyTxError (ConwayUtxowFailure x)"'));
  expect(outcome).toMatchObject({ kind: 'ambiguous', status: 400 });
});

test('200 with anything but a transaction id is ambiguous', async () => {
  const { outcome } = await submitTo({ json: { ok: true } });
  expect(outcome).toMatchObject({ kind: 'ambiguous', status: 200 });
});

test('a connection that dies after the bytes were sent is ambiguous', async () => {
  const { outcome, server } = await submitTo((request) => request.socket.destroy());
  expect(outcome.kind).toBe('ambiguous');
  expect(server.bodies[0]).toStrictEqual(Buffer.from(BYTES));
});

test('no answer is ambiguous after the time-out', async () => {
  const { outcome } = await submitTo(() => undefined, { submitTimeoutMs: 100 });
  expect(outcome).toStrictEqual({
    kind: 'ambiguous',
    outcome: 'timeout',
    message: 'blockfrost submit: no answer within 100 ms',
  });
});

test('an absent server is ambiguous, not an exception', async () => {
  const provider = createBlockfrostProvider({ network: 'cardano:preview', url: 'http://127.0.0.1:1/api/v0' });
  onTestFinished(() => provider.close());
  expect((await provider.submitTransaction(BYTES)).kind).toBe('ambiguous');
});
