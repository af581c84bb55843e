import { bech32 } from '@scure/base';
import { failure, notFound } from '../answer.js';
import { get, param, type Route } from '../route.js';

const MAX_BECH32_LENGTH = 150;

function isStakeAddress(text: string): boolean {
  try {
    const { prefix } = bech32.decode(text as `${string}1${string}`, MAX_BECH32_LENGTH);
    return prefix === 'stake' || prefix === 'stake_test';
  } catch {
    return false;
  }
}

/** No stake address is ever registered on a devnet: well-formed ones are unknown. */
export const accountRoutes: readonly Route[] = [
  get('/accounts/{stake_address}', (context) =>
    isStakeAddress(param(context, 'stake_address'))
      ? notFound()
      : failure(400, 'Invalid or malformed stake address format.'),
  ),
];
