import type { Ledger } from '../../ledger/index.js';
import { forecastEnd } from '../../network/index.js';
import { ok } from '../answer.js';
import { get, type Route } from '../route.js';

const MAX_LOVELACE_SUPPLY = '45000000000000000';
/** The devnet's whole supply circulates: it has no stake, treasury or reserve. */
const SUPPLY = '1000000000000000';

function genesis({ profile }: Ledger) {
  const era = profile.eras.at(-1);
  return {
    active_slots_coefficient: 0.05,
    update_quorum: 5,
    max_lovelace_supply: MAX_LOVELACE_SUPPLY,
    network_magic: profile.magic,
    epoch_length: era?.epochLengthSlots ?? 0,
    system_start: profile.timeline.systemStartMs / 1000,
    slots_per_kes_period: 129_600,
    slot_length: era?.slotLengthSeconds ?? 1,
    max_kes_evolutions: 62,
    security_param: profile.securityParam,
  };
}

export const networkRoutes: readonly Route[] = [
  get('/genesis', ({ ledger }) => ok(genesis(ledger))),
  get('/network', () =>
    ok({
      supply: {
        max: MAX_LOVELACE_SUPPLY,
        total: SUPPLY,
        circulating: SUPPLY,
        locked: '0',
        treasury: '0',
        reserves: '0',
      },
      stake: { live: '0', active: '0' },
    }),
  ),
  get('/network/eras', ({ ledger, view }) =>
    ok(
      ledger.profile.eras.map((era) => {
        const end = era.end ?? forecastEnd(era, view.tip.slot);
        return {
          start: { time: era.start.seconds, slot: era.start.slot, epoch: era.start.epoch },
          end: { time: end.seconds, slot: end.slot, epoch: end.epoch },
          parameters: {
            epoch_length: era.epochLengthSlots,
            slot_length: era.slotLengthSeconds,
            safe_zone: era.safeZoneSlots,
          },
        };
      }),
    ),
  ),
];
