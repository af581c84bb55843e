import { expect, it } from 'vitest';
import { claimOf, NETWORK, present, txHash, useJournal } from '../support/harness.js';

const harness = useJournal();

it('a sponsored claim keeps the reservation in the record, and the request beside it word for word', async () => {
  const request = JSON.stringify({ note: 'ü', amount: '18446744073709551615' });
  const id = '5c'.repeat(16);
  const outcome = await harness.journal.claim(claimOf(1, { sponsored: { id, request } }));
  expect(outcome).toMatchObject({ kind: 'claimed', settlement: { sponsorship: id } });
  expect(present(await harness.journal.read(NETWORK, txHash(1)))).toMatchObject({ sponsorship: id });
  expect(await harness.journal.readRequest(NETWORK, txHash(1))).toBe(request);
});

it('any other claim keeps no reservation and no request', async () => {
  await harness.journal.claim(claimOf(1));
  expect(present(await harness.journal.read(NETWORK, txHash(1)))).not.toHaveProperty('sponsorship');
  expect(await harness.journal.readRequest(NETWORK, txHash(1))).toBeUndefined();
  expect(await harness.journal.readRequest(NETWORK, txHash(2))).toBeUndefined();
});
