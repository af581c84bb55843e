import { waitUntil } from '@x402-facilitator/tools/processes';
import { control } from '../../chaos/money.js';
import type { Incident } from '../walk.js';
import { alerts, change } from './sections.js';

export const providerOutage: Incident = {
  name: 'provider-outage',
  what: 'the only chain provider is gone',
  alert: 'X402NoHealthyProvider',
  page: alerts('No chain provider is healthy'),
  async bringAbout(site) {
    site.loseProvider();
    return undefined;
  },
  async follow(site) {
    await site.operator.look(alerts('No chain provider is healthy'));
    site.configure({ X402_CHAIN__BLOCKFROST__URL: site.otherProvider });
    await site.operator.type(change('Provider fail-over'));
  },
};

const ROLLED_BACK = 8;
let confirmed: string[] = [];

export const deepRollback: Incident = {
  name: 'deep-rollback',
  what: `${ROLLED_BACK} blocks leave the chain, with payments that were confirmed in them`,
  alert: 'X402DeepRollback',
  page: alerts('Many blocks were rolled back'),
  async prepare(site) {
    const paid = await Promise.all([0, 1, 2].map(() => site.settle('api')));
    for (const transaction of paid) await site.reaches(transaction, 'confirmed');
    confirmed = paid;
  },
  async bringAbout(site) {
    const { controlUrl } = site.stack.devnet;
    await control(controlUrl, '/pause', {});
    await site.stack.control.rollback(ROLLED_BACK, 'vanish');
    await control(controlUrl, '/resume', {});
    return undefined;
  },
  async follow(site) {
    const page = alerts('Many blocks were rolled back');
    await site.operator.look(page);
    await site.operator.say(page, 'ops pause --reason "the chain rolled back"');
    await site.operator.say(page, 'ops status');
    await site.operator.say(page, 'ops resume');
    for (const transaction of confirmed) await site.reaches(transaction, 'confirmed');
  },
  async check(site) {
    const seen = await Promise.all(confirmed.map((it) => site.stack.control.submission(it)));
    await waitUntil(async () => seen.every((it) => it?.onChain === true), {
      what: 'what was rolled back to be on the chain',
    });
  },
};
