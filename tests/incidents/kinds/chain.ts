import { control } from '../../chaos/money.js';
import type { Incident } from '../run-incident.js';
import { alerts, change } from './sections.js';

export const providerOutage: Incident = {
  name: 'provider-outage',
  what: 'the only chain provider is gone',
  alert: 'X402NoHealthyProvider',
  page: alerts('No chain provider is healthy'),
  prepare: async (site) => ({
    async bringAbout() {
      site.loseProvider();
      return undefined;
    },
    async follow() {
      await site.operator.look(alerts('No chain provider is healthy'));
      site.configure({ X402_CHAIN__BLOCKFROST__URL: site.otherProvider });
      await site.operator.type(change('Provider fail-over'));
    },
  }),
};

const ROLLED_BACK = 8;

export const deepRollback: Incident = {
  name: 'deep-rollback',
  what: `${ROLLED_BACK} blocks leave the chain, with payments that were confirmed in them`,
  alert: 'X402DeepRollback',
  page: alerts('Many blocks were rolled back'),
  async prepare(site) {
    const paid = await Promise.all([0, 1, 2].map(() => site.settle('api')));
    const allConfirm = async () => {
      for (const transaction of paid) await site.reaches(transaction, 'confirmed');
    };
    await allConfirm();
    return {
      async bringAbout() {
        const { controlUrl } = site.stack.devnet;
        await control(controlUrl, '/pause', {});
        // What the follower has not read cannot leave the chain that it knows.
        await site.shows(`chain_tip_height >= ${(await site.stack.control.tip()).height}`);
        await site.stack.control.rollback(ROLLED_BACK, 'vanish');
        await control(controlUrl, '/resume', {});
        return undefined;
      },
      async follow() {
        const page = alerts('Many blocks were rolled back');
        await site.operator.look(page);
        await site.operator.say(page, 'ops pause --reason "the chain rolled back"');
        await site.operator.say(page, 'ops status');
        await site.operator.say(page, 'ops resume');
        await allConfirm();
      },
      async check() {
        const seen = await Promise.all(paid.map((it) => site.stack.control.submission(it)));
        if (!seen.every((it) => it?.onChain === true && it.rolledBack > 0))
          throw new Error(`expected all to be on the chain again, found ${JSON.stringify(seen)}`);
      },
    };
  },
};
