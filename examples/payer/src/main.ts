import { blockfrost, createBuyer, openWallet } from '@x402-facilitator/client';
import { fileStore } from '@x402-facilitator/client/node';

const { SEED: seedPhrase = '', BLOCKFROST_URL: url, BLOCKFROST_PROJECT_ID: projectId } = process.env;
const [resource = ''] = process.argv.slice(2);

const wallet = await openWallet({
  chain: blockfrost('cardano:preview', { url, projectId }),
  secret: { seedPhrase },
});
const buyer = createBuyer({
  wallet,
  limits: { lovelace: { perPayment: 10_000_000n, perDay: 50_000_000n } },
  store: await fileStore('purchases'),
});
const { outcome, body } = await buyer.buy(resource, undefined, (step) =>
  process.stderr.write(`${step.kind}\n`),
);
process.stdout.write(`${outcome} ${JSON.stringify(body)}\n`);
