import { x402ResourceServer } from '@x402/core/server';
import { CardanoFacilitatorClient, Delivery, ExactCardanoScheme } from '@x402-facilitator/server';
import { cardanoPaywall } from '@x402-facilitator/server/paywall';

const { FACILITATOR_URL = 'http://127.0.0.1:3000', PAY_TO = '' } = process.env;

const cardano = new ExactCardanoScheme();
const facilitator = new CardanoFacilitatorClient({ url: FACILITATOR_URL });

export const server = new x402ResourceServer(facilitator).register('cardano:*', cardano);
export const delivery = new Delivery();
/** What a person sees who opens the report in a browser. */
export const paywall = cardanoPaywall();
export const report = {
  accepts: cardano.accepts({
    network: 'cardano:preview',
    payTo: PAY_TO,
    price: '2 ADA',
    confirmations: 0,
  }),
  description: 'A market report',
};
