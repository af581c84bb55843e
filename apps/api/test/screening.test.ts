import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTxHash } from '@x402-facilitator/cardano';
import {
  addressBytes,
  addressText,
  byronAddressOf,
  cbor,
  MERCHANT,
  masumiPaymentOn,
  PAYER,
  type PaymentChanges,
  SELLER,
  type Wallet,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import { createDeniedParties } from '@x402-facilitator/journal';
import { scrape } from '@x402-facilitator/shared/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { worldOf } from './support/devnet-payments.js';
import { NETWORK, type RunningApi } from './support/index.js';

import { DENIED, outputsOf, settle, txHashOf, useScreening, verify } from './support/screening.js';

const STRANGER = walletOf('stranger');
const STAKE = walletOf('stake');
const FRIEND = walletOf('friend');

const { harness, deny, startScreening } = useScreening();

const hash = (wallet: Wallet) => Buffer.from(wallet.keyHash, 'hex');
const baseBytes = (payment: Wallet, stake: Wallet) => addressBytes(0x00, hash(payment), hash(stake));
const baseOf = (payment: Wallet, stake: Wallet) => addressText(baseBytes(payment, stake));

/** A file of its own in a folder of its own. */
async function denyFile(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'x402-deny-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'denied.txt');
  await writeFile(path, text);
  return { folder, path };
}

describe('who is screened', () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await startScreening();
  });

  /** The payer's change goes to another address. */
  const changeTo = (address: Uint8Array): PaymentChanges => ({
    transaction: (draft) => ({ ...draft.spec, outputs: outputsOf(draft, { change: address }) }),
  });
  /** Another's output is spent besides, at an address of its own. */
  const alsoSpends = (owner: Wallet, address: Uint8Array): PaymentChanges => ({
    transaction: async (draft) => {
      const { spec, world, source } = draft;
      const more = await world.fund(addressText(address), { lovelace: source.lovelace });
      return {
        ...spec,
        inputs: [...spec.inputs, more.outRef],
        outputs: outputsOf(draft, { more: source.lovelace }),
        signers: [PAYER, owner],
      };
    },
  });

  test('all are served while no party is denied', async () => {
    expect(await verify(api, await harness().pay())).toMatchObject({ isValid: true });
    expect((await settle(api, await harness().pay())).status).toBe(202);
  });

  test.each<readonly [string, string, PaymentChanges]>([
    ['the payer by its address', PAYER.address(0), {}],
    ['the payer by its key', PAYER.keyHash, {}],
    ['the payer by its key in upper case', PAYER.keyHash.toUpperCase(), {}],
    ['the payer by its address on mainnet', PAYER.address(1), {}],
    ['the payer by another address of its key, with a stake part', baseOf(PAYER, STAKE), {}],
    ['payTo', MERCHANT.address(0), {}],
    ['payTo by another address of its key', baseOf(MERCHANT, STAKE), {}],
    [
      'payTo with another stake part than the denied one',
      MERCHANT.keyHash,
      {
        requirements: { payTo: baseOf(MERCHANT, FRIEND) },
        transaction: (draft) => ({
          ...draft.spec,
          outputs: outputsOf(draft, { to: baseBytes(MERCHANT, FRIEND) }),
        }),
      },
    ],
    [
      'the owner of another input than the first',
      STRANGER.address(0),
      alsoSpends(STRANGER, STRANGER.addressBytes(0)),
    ],
    [
      'the owner of the stake of an input whose key is another’s',
      baseOf(FRIEND, STAKE),
      alsoSpends(STRANGER, baseBytes(STRANGER, STAKE)),
    ],
    [
      'the owner of the stake of collateral, which no script can take here',
      baseOf(FRIEND, STAKE),
      {
        transaction: async ({ spec, world, source }) => {
          const address = addressText(baseBytes(STRANGER, STAKE));
          const { outRef } = await world.fund(address, { lovelace: source.lovelace });
          const named = cbor.array([cbor.bytes(Buffer.from(outRef.txHash, 'hex')), cbor.int(outRef.index)]);
          return { ...spec, body: { 13: cbor.set([named]) }, signers: [PAYER, STRANGER] };
        },
      },
    ],
    ['the address that gets the change', STRANGER.address(0), changeTo(STRANGER.addressBytes(0))],
    [
      'the owner of the stake of the change',
      addressText(baseBytes(STRANGER, STAKE)),
      changeTo(baseBytes(PAYER, STAKE)),
    ],
    [
      'a Byron address that gets the change',
      addressText(byronAddressOf(STRANGER, 0).bytes),
      changeTo(byronAddressOf(STRANGER, 0).bytes),
    ],
    [
      'a signer that spends nothing',
      STRANGER.keyHash,
      { transaction: ({ spec }) => ({ ...spec, signers: [PAYER, STRANGER] }) },
    ],
  ])('%s', async (_, name, changes) => {
    const request = await harness().pay(changes);
    expect(await verify(api, request)).toMatchObject({ isValid: true });
    await deny(name);
    const expected = { invalidReason: DENIED, payer: PAYER.address(0) };
    const refused = await verify(api, request);
    expect(refused).toMatchObject({ isValid: false, ...expected });
    expect(refused).not.toHaveProperty('extra');
    expect(refused.invalidMessage).toBe('payer, payTo or another party is not served here');
    const answer = await settle(api, request);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ success: false, errorReason: DENIED, transaction: '' });
    expect(await harness().journal.read(NETWORK, txHashOf(request))).toEqual({ ok: true, value: undefined });
  });

  test('the seller of an escrow, whom payTo does not name', async () => {
    const request = await masumiPaymentOn(worldOf(harness().devnet));
    expect(await verify(api, request)).toMatchObject({ isValid: true });
    await deny(SELLER.address(0));
    expect((await verify(api, request)).invalidReason).toBe(DENIED);
    expect((await settle(api, request)).body).toMatchObject({ errorReason: DENIED });
  });

  test('a stranger’s denial refuses no other, not even with half of the same address', async () => {
    await deny(STRANGER.address(0), FRIEND.keyHash);
    expect(await verify(api, await harness().pay())).toMatchObject({ isValid: true });
  });

  test('what another rule refuses is told by that rule: the list is not read with payments that cost nothing', async () => {
    await deny(PAYER.keyHash);
    const unsigned = await harness().pay({
      transaction: ({ spec }) => ({ ...spec, signers: [STRANGER] }),
    });
    const { invalidReason } = await verify(api, unsigned);
    expect(invalidReason).not.toBe(DENIED);
    expect(invalidReason).toBeTypeOf('string');
  });

  test('two replicas refuse at once; what was verified before is refused at settle, and nothing is claimed', async () => {
    const second = await startScreening();
    const request = await harness().pay();
    expect(await verify(api, request)).toMatchObject({ isValid: true });
    await deny(PAYER.address(0));
    const answers = await Promise.all([settle(api, request), settle(second, request)]);
    for (const { body } of answers) expect(body).toMatchObject({ success: false, errorReason: DENIED });
    expect(await harness().journal.read(NETWORK, txHashOf(request))).toEqual({ ok: true, value: undefined });
    const denied = createDeniedParties(harness().redis);
    await denied.allow({ entry: PAYER.address(0), credentials: [PAYER.keyHash] });
    for (const replica of [api, second])
      expect(await verify(replica, request)).toMatchObject({ isValid: true });
  });

  test('a payment that was claimed before is not judged again: its caller learns how it ends', async () => {
    const request = await harness().pay();
    const { body } = await settle(api, request);
    const txHash = parseTxHash(String(body.transaction));
    expect(txHash).toBe(txHashOf(request));
    await deny(PAYER.keyHash, MERCHANT.keyHash);
    expect((await settle(api, request)).status).toBe(202);
    expect((await verify(api, await harness().pay())).invalidReason).toBe(DENIED);
  });

  test('an operator sees how many were denied, and for what code', async () => {
    await deny(PAYER.keyHash);
    const before = await scrape(api.url);
    await verify(api, await harness().pay());
    const after = await scrape(api.url);
    const labels = { network: NETWORK, outcome: 'denied' };
    expect(after.value('screenings_total', labels)).toBe((before.value('screenings_total', labels) ?? 0) + 1);
  });
});

describe('screening.denyFile', () => {
  test('denies from the start, by entries of every form', async () => {
    const { path } = await denyFile(`# ours\n${baseOf(PAYER, STAKE)} # since March\n`);
    const api = await startScreening({ X402_SCREENING__DENY_FILE: path });
    expect((await verify(api, await harness().pay())).invalidReason).toBe(DENIED);
    expect((await scrape(api.url)).value('screening_deny_file_entries', {})).toBe(1);
  });

  test('a malformed file, and one that is not there, stop the start and say why', async () => {
    const { path, folder } = await denyFile(`${PAYER.keyHash}\n\nMallory\n`);
    await expect(startScreening({ X402_SCREENING__DENY_FILE: path })).rejects.toThrow(
      `screening.denyFile: ${path}: line 3: expected an address (addr…, stake… or base58) or 56 hex characters, found "Mallory"`,
    );
    await expect(startScreening({ X402_SCREENING__DENY_FILE: join(folder, 'none.txt') })).rejects.toThrow(
      'ENOENT',
    );
  });

  test('is read again when a mounted folder is swapped by its symlink; a malformed version leaves the one before in force', async () => {
    const { folder } = await denyFile('');
    /** As Kubernetes swaps the data of a ConfigMap. */
    let count = 0;
    const swap = async (text: string) => {
      count += 1;
      const version = join(folder, `version-${count}.txt`);
      await writeFile(version, text);
      await symlink(version, join(folder, 'next'));
      await rename(join(folder, 'next'), join(folder, 'mounted.txt'));
    };
    await swap('# empty\n');
    const api = await startScreening({ X402_SCREENING__DENY_FILE: join(folder, 'mounted.txt') });
    const request = await harness().pay();
    const reasonIs = (reason: string | undefined) =>
      waitUntil(async () => (await verify(api, request)).invalidReason === reason, {
        what: `the verdict to be ${reason}`,
      });
    const outdatedIs = (value: number) =>
      waitUntil(async () => (await scrape(api.url)).value('screening_deny_file_outdated', {}) === value, {
        what: `screening_deny_file_outdated to be ${value}`,
      });
    await reasonIs(undefined);
    await swap(`${PAYER.keyHash}\n`);
    await reasonIs(DENIED);

    await swap(`${STRANGER.keyHash}\nMallory\n`);
    await outdatedIs(1);
    expect((await verify(api, request)).invalidReason).toBe(DENIED);
    const told = api.log.filter((line) => JSON.stringify(line).includes('the deny-list cannot be read'));
    expect(told).toMatchObject([{ metadata: { problem: expect.stringContaining('line 2: expected') } }]);

    await rm(join(folder, 'mounted.txt'));
    await waitUntil(() => api.log.some(({ metadata }) => JSON.stringify(metadata)?.includes('ENOENT')), {
      what: 'the missing file to be told',
    });
    expect((await verify(api, request)).invalidReason).toBe(DENIED);

    await swap(`${STRANGER.keyHash}\n`);
    await outdatedIs(0);
    await reasonIs(undefined);
    await swap(`#${'z'.repeat(16 * 1_048_576)}`);
    await outdatedIs(1);
    await symlink(join(folder, `version-${count - 1}.txt`), join(folder, 'next'));
    await rename(join(folder, 'next'), join(folder, 'mounted.txt'));
    await outdatedIs(0);
    expect(await verify(api, request)).toMatchObject({ isValid: true });
  });
});
