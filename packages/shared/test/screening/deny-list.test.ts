import { addressBytes, addressText, byronAddressOf, walletOf } from '@x402-facilitator/cardano/testing';
import { readDenyEntry, readDenyList } from '@x402-facilitator/shared/screening';
import { expect, test } from 'vitest';

/** CIP-19, "Test vectors". */
const PAYMENT_KEY = '9493315cd92eb5d8c4304e67b7e16ae36d61d34502694657811a2c8e';
const STAKE_KEY = '337b62cfff6403a06a3acbc34f8c46003c69fe79a3628cefa9c47251';
const SCRIPT = 'c37b1b5dc0669f1d3c61a6fddb2e8fde96be87b881c60bce8e8d542f';
const BASE =
  'addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x';

test.each([
  ['a base address', BASE, [PAYMENT_KEY, STAKE_KEY]],
  ['the same in upper case', BASE.toUpperCase(), [PAYMENT_KEY, STAKE_KEY]],
  [
    'a base address of a script',
    'addr1z8phkx6acpnf78fuvxn0mkew3l0fd058hzquvz7w36x4gten0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgs9yc0hh',
    [SCRIPT, STAKE_KEY],
  ],
  [
    'an address with a pointer',
    'addr1gx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer5pnz75xxcrzqf96k',
    [PAYMENT_KEY],
  ],
  [
    'an enterprise address of a testnet',
    'addr_test1vz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerspjrlsz',
    [PAYMENT_KEY],
  ],
  ['a stake address', 'stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw', [STAKE_KEY]],
  ['one of a testnet', 'stake_test1uqehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gssrtvn', [STAKE_KEY]],
  ['one of a script', 'stake178phkx6acpnf78fuvxn0mkew3l0fd058hzquvz7w36x4gtcccycj5', [SCRIPT]],
  ['a credential', PAYMENT_KEY, [PAYMENT_KEY]],
  ['a credential in upper case', PAYMENT_KEY.toUpperCase(), [PAYMENT_KEY]],
])('%s denies its credentials, and is listed in lower case', (_, text, credentials) => {
  expect(readDenyEntry(text)).toEqual({ ok: true, value: { text: text.toLowerCase(), credentials } });
});

test('a Byron address denies its root, and keeps its case', () => {
  const text = addressText(byronAddressOf(walletOf('byron'), 0).bytes);
  const entry = readDenyEntry(text);
  expect(entry).toMatchObject({
    ok: true,
    value: { text, credentials: [expect.stringMatching(/^[0-9a-f]{56}$/)] },
  });
  expect(readDenyEntry(text.toLowerCase())).toMatchObject({ ok: false });
});

test('an address whose parts are one key denies it once', () => {
  const { keyHash } = walletOf('payer');
  const hash = Buffer.from(keyHash, 'hex');
  expect(readDenyEntry(addressText(addressBytes(0x00, hash, hash)))).toMatchObject({
    ok: true,
    value: { credentials: [keyHash] },
  });
});

test.each([
  ['one character is wrong', `${BASE.slice(0, -1)}y`, 'not bech32, or its checksum is wrong'],
  ['it is cut', BASE.slice(0, 60), 'not bech32, or its checksum is wrong'],
  ['it mixes cases', `A${BASE.slice(1)}`, 'not bech32, or its checksum is wrong'],
  ['it has a hex character too few', PAYMENT_KEY.slice(1), 'neither bech32'],
  ['it is a transaction id', 'ab'.repeat(32), 'expected [payload, checksum]'],
  ['it is a name', 'Mallory', 'neither bech32'],
  ['it is longer than any address', 'z'.repeat(100_000), 'neither bech32'],
])('it is refused when %s, with what was expected and what was found', (_, text, reason) => {
  const entry = readDenyEntry(text);
  if (entry.ok) throw new Error('expected a refusal');
  expect(entry.error).toContain(
    'expected an address (addr…, stake… or base58) or 56 hex characters, found "',
  );
  expect(entry.error).toContain(reason);
  expect(entry.error.length).toBeLessThan(400);
});

const turns = () => {
  let count = 0;
  const turn = async () => {
    count += 1;
  };
  return { turn, count: () => count };
};

test('a list has an entry per line; comments, blank lines, CRLF and a byte-order mark are nothing', async () => {
  const text = `\uFEFF# a list\r\n\r\n${BASE} # of 2026\r\n  ${SCRIPT}\t\r\n${SCRIPT}`;
  expect(await readDenyList(text, turns().turn)).toEqual({
    ok: true,
    value: { entries: 3, credentials: new Set([PAYMENT_KEY, STAKE_KEY, SCRIPT]) },
  });
  expect(await readDenyList('', turns().turn)).toEqual({
    ok: true,
    value: { entries: 0, credentials: new Set() },
  });
});

test('the first line that cannot be read is told by its number', async () => {
  expect(await readDenyList(`# one\n${SCRIPT}\nMallory\nnothing`, turns().turn)).toEqual({
    ok: false,
    error: { line: 3, message: expect.stringContaining('found "Mallory"') },
  });
});

test('payments are answered while a long list is read', async () => {
  const { turn, count } = turns();
  await readDenyList(`${SCRIPT}\n`.repeat(2_000), turn);
  expect(count()).toBeGreaterThanOrEqual(10);
});
