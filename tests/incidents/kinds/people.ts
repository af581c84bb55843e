import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { blockfrost, openWallet } from '@x402-facilitator/client';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { post, requirementsOf, signPayment } from '../../support/facilitator.js';
import type { Incident } from '../run-incident.js';
import type { Site } from '../site.js';
import { alerts, change, wallet } from './sections.js';

/** More than its holder needs here, and less than a flood. */
const OF_A_SHOP = { global: 100_000, sensitive: 60, lookups: 100_000, waits: 1_000 };
const apiKeys = (key: string) =>
  JSON.stringify([
    { name: 'shop', sha256: createHash('sha256').update(key).digest('hex'), rateLimit: OF_A_SHOP },
  ]);
const newKey = () => randomBytes(32).toString('hex');
const stolen = newKey();
const fresh = newKey();

export const stolenKey: Incident = {
  name: 'stolen-key',
  what: 'someone else uses a seller’s API key',
  alert: 'X402KeyOverLimit',
  page: alerts('A caller with a key is over its limit'),
  site: { settings: { X402_SECURITY__API_KEYS: apiKeys(stolen) } },
  headers: { 'x-api-key': stolen },
  headersAfter: { 'x-api-key': fresh },
  prepare: async (site) => ({
    async bringAbout() {
      const stopping = new AbortController();
      const { request } = await signPayment(site.stack, site.payer);
      const steal = async () => {
        while (!stopping.signal.aborted) {
          // While it restarts there is nothing to ask.
          const url = site.engine.running().get('api-2')?.url;
          if (url !== undefined)
            await post(`${url}/verify`, request, { 'x-api-key': stolen }).catch(() => undefined);
          await sleep(20);
        }
      };
      const stealing = steal();
      return async () => {
        stopping.abort();
        await stealing;
      };
    },
    async follow() {
      const { operator } = site;
      const page = alerts('A caller with a key is over its limit');
      await operator.look(page);
      await operator.say(page, 'ops export --since 24h');
      site.configure({ X402_SECURITY__API_KEYS: apiKeys(fresh) });
      await operator.type(change('Keys and passwords'), 1);
    },
    async check() {
      const { request } = await signPayment(site.stack, site.payer);
      const { status } = await post(`${site.process('api').url}/verify`, request, { 'x-api-key': stolen });
      if (status !== 401) throw new Error(`the stolen key gets ${status}, not 401`);
    },
  }),
};

const POOL = 6;
const FUNDS = 120_000_000n;

/** Resolves once the pool lends an output. */
const lends = async (site: Site) => {
  await waitUntil(
    async () => {
      const { status, body } = await post(`${site.process('api').url}/sponsorships`, {
        network: site.stack.network,
        payer: site.payer.wallet.address,
        paymentRequirements: requirementsOf(site.stack, { asset: site.stack.token, amount: '40' }),
      });
      if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
      return true;
    },
    { what: 'the pool to lend', everyMs: 500 },
  );
};

export const walletEmpty: Incident = {
  name: 'wallet-empty',
  what: 'one of us takes the money out of the wallet while it sponsors',
  alert: 'X402WalletBalanceChanged',
  page: alerts('The wallet lost money'),
  site: {
    settings: {
      X402_SPONSORSHIP__ENABLED: 'true',
      X402_SPONSORSHIP__POOL__SIZE: String(POOL),
      X402_SPONSORSHIP__POOL__CALLER_SHARE: '1',
    },
  },
  async prepare(site) {
    await site.stack.control.fund({ address: site.stack.walletAddress, lovelace: FUNDS });
    await lends(site);
    // A worker reads it every 45 s.
    await site.shows(`x402_wallet_balance > 100`);
    return {
      async bringAbout() {
        const { devnet, network, secrets, payTo } = site.stack;
        const [seedPhrase = ''] = secrets;
        const chain = blockfrost(network, { url: devnet.url });
        // The pool may be in use by a transaction of its own just now.
        await waitUntil(
          async () => {
            const own = await openWallet({ chain, secret: { seedPhrase } });
            if (own.address !== site.stack.walletAddress) throw new Error('expected the words of the wallet');
            const requirements = { ...requirementsOf(site.stack), payTo, amount: '110000000' };
            const { transactionBase64 } = await own.sign(requirements);
            const answer = await fetch(`${devnet.url}/tx/submit`, {
              method: 'POST',
              body: Buffer.from(transactionBase64, 'base64'),
              headers: { 'content-type': 'application/cbor' },
            });
            if (!answer.ok) throw new Error(await answer.text());
            return true;
          },
          { what: 'the money to leave', everyMs: 500 },
        );
        return undefined;
      },
      async follow() {
        const { operator, stack } = site;
        await operator.look(alerts('The wallet lost money'));
        await operator.look(alerts("The wallet's pool is low"));
        const said = await operator.look(wallet('The wallet'), 0);
        const [address] = /addr_test1[0-9a-z]+/.exec(said) ?? [];
        if (address === undefined) throw new Error(`no address in ${said}`);
        await stack.control.fund({ address, lovelace: FUNDS });
      },
      check: () => lends(site),
    };
  },
};
