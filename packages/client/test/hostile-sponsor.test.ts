import { collectGarbage } from '@x402-facilitator/cardano/testing';
import { expect, test } from 'vitest';
import { expectRefused, newAddress } from './support/chain.js';
import { endlessAnswers, lending, serve, visitWithoutAda } from './support/hostile-shop.js';

test.each([
  ['plain http to another machine', 'http://sponsor.example/sponsorships'],
  ['a name that only begins like this machine’s', 'http://127.0.0.1.sponsor.example/sponsorships'],
  ['a file', 'file:///etc/passwd'],
  ['an address with a password', 'https://user:secret@sponsor.example/sponsorships'],
  ['something that is not an address', 'sponsorships'],
])('a 402 that names %s is not followed', async (_, url) => {
  const fetched: string[] = [];
  const { pay, signatures } = await visitWithoutAda({
    url,
    payer: {
      fetch: (input, init) => {
        fetched.push(new URL(input instanceof Request ? input.url : input).hostname);
        return fetch(input, init);
      },
    },
  });
  await expectRefused(pay(), /no fee is sponsored: expected an https address .* found "/, signatures);
  expect(new Set(fetched)).toEqual(new Set(['127.0.0.1']));
});

test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async (status) => {
  const { grant, wallet, answerWith, pay, signatures } = await visitWithoutAda();
  const visited: string[] = [];
  const body = JSON.stringify(lending(grant(newAddress(), 5_000_000n), wallet.address));
  const elsewhere = await serve((request, response) => {
    visited.push(request.url ?? '');
    response.writeHead(201).end(body);
  });
  answerWith((_, response) => void response.writeHead(status, { location: `${elsewhere}/inside` }).end());
  await expectRefused(pay(), `itself, found a redirect (${status})`, signatures);
  expect(visited).toEqual([]);
});

test('an endless answer is cut off', async () => {
  const { answerWith, pay, signatures } = await visitWithoutAda();
  answerWith((_, response) => endlessAnswers().without(response, 201));
  await expectRefused(pay(), 'expected an answer of at most 16384 bytes, found more', signatures);
});

test('a sponsor that never answers runs into the time-out', async () => {
  const { answerWith, pay, signatures } = await visitWithoutAda({ payer: { sponsorTimeoutMs: 200 } });
  answerWith(() => undefined);
  await expectRefused(pay(), /expected an answer from 127.0.0.1:\d+ within 200 ms, found none/, signatures);
});

test.each(['inDrops', 'half'] as const)('so does one that answers %s', async (how) => {
  collectGarbage();
  const { answerWith, pay, signatures } = await visitWithoutAda({ payer: { sponsorTimeoutMs: 200 } });
  answerWith((_, response) => endlessAnswers()[how](response, 201));
  await expectRefused(pay(), /expected an answer from 127.0.0.1:\d+ within 200 ms, found none/, signatures);
});

test('a refusal shows the sponsor’s message, without its control characters', async () => {
  const { answerWith, pay, signatures } = await visitWithoutAda();
  const message = `every output is lent\u001b[2J${'!'.repeat(1_000)}`;
  answerWith((_, response) => void response.writeHead(503).end(JSON.stringify({ message })));
  await expectRefused(
    pay(),
    /^no fee is sponsored: 503 "every output is lent\\u001b\[2J!{1,200}"$/,
    signatures,
  );
});

const ODD: [string, (honest: ReturnType<typeof lending>) => unknown, RegExp][] = [
  ['no object', () => 'lent', /expected network .* found "undefined"/],
  ['another network', (honest) => ({ ...honest, network: 'cardano:mainnet' }), /found "cardano:mainnet"/],
  [
    'another payer',
    (honest) => ({ ...honest, payer: 'addr_test1other' }),
    /expected payer .* found "addr_test1/,
  ],
  ['an invalid id', (honest) => ({ ...honest, id: '../..' }), /expected id to match .* found "\.\.\/\.\."/],
  ['no input', (honest) => ({ ...honest, input: null }), /expected an output's index in input.index/],
  [
    'a negative amount',
    (honest) => ({ ...honest, maxFeeLovelace: '-1' }),
    /expected maxFeeLovelace to match/,
  ],
  [
    'an amount as a number',
    (honest) => ({ ...honest, minAdaLovelace: 1 }),
    /expected minAdaLovelace to match/,
  ],
  ['an amount beyond all ADA', (honest) => ({ ...honest, maxFeeLovelace: '9'.repeat(30) }), /maxFeeLovelace/],
  ['an invalid change address', (honest) => ({ ...honest, changeAddress: 'me' }), /changeAddress to match/],
  [
    'a path for a transaction',
    (honest) => ({ ...honest, input: { ...honest.input, transaction: '../addresses' } }),
    /expected transaction to match/,
  ],
  [
    'an index that is a fraction',
    (honest) => ({ ...honest, input: { ...honest.input, index: 0.5 } }),
    /input.index, found "0.5"/,
  ],
];

test.each(ODD)('an answer with %s is refused for its shape', async (_, odd, reason) => {
  const { grant, wallet, lend, pay, signatures } = await visitWithoutAda();
  lend(odd(lending(grant(newAddress(), 5_000_000n), wallet.address)));
  await expectRefused(pay(), reason, signatures);
});

test('an answer that is not JSON is refused', async () => {
  const { answerWith, pay, signatures } = await visitWithoutAda();
  answerWith((_, response) => void response.writeHead(201).end('<html>'));
  await expectRefused(pay(), 'no fee is sponsored: expected JSON, found 201 with "<html>"', signatures);
});
