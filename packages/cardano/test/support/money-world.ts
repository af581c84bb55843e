import { lovelace, networkIdOf, type OutRef } from '../../src/index.js';
import type { World } from './world.js';

/** A ledger that pays out money, for payments that need nothing else of it. */
export function moneyWorld(ledger: {
  readonly network: World['network'];
  readonly facts: World['facts'];
  /** POSIX milliseconds. */
  readonly clock: () => number;
  /** Pays so much to an address, in one output. */
  readonly grant: (address: string, lovelace: bigint) => OutRef | Promise<OutRef>;
}): World {
  const { network, facts, clock, grant } = ledger;
  const unused = (): never => {
    throw new Error('these payments need only money');
  };
  return {
    network,
    facts,
    get nowMs() {
      return clock();
    },
    async fund(owner, funds) {
      const address = typeof owner === 'string' ? owner : owner.address(networkIdOf(network));
      const outRef = await grant(address, funds.lovelace);
      return { outRef, address, lovelace: lovelace(funds.lovelace), assets: new Map() };
    },
    spend: unused,
    hide: unused,
    reserve: unused,
    bindTerms: unused,
    hideAsset: unused,
  };
}
