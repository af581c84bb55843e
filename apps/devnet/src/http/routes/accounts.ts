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

/** A devnet never registers stake addresses, so every well-formed one is unknown. */
export const accountRoutes: readonly Route[] = [
  get('/accounts/{stake_address}', (context) =>
    isStakeAddress(param(context, 'stake_address'))
      ? notFound()
      : failure(400, 'Invalid or malformed stake address format.'),
  ),
];
