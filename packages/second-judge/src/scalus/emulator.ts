import type { Emulator } from 'scalus';
import type { Question } from '../question.js';
import { scalus, slotConfigOf } from './library.js';
import { assertKnown, type Compiled, compiledParameters, memberOf, withMembers } from './parameters.js';
import { utxoCbor } from './utxo.js';

/** Names of the members that lead from an emulator to its parameters, and of the slot's two halves. */
const CONTEXT = 'Rq';
const ENVIRONMENT = '$d';
const OWN_PARAMETERS = 'dg';

let isKnown = false;

/** The emulator behind the one that is exported, which keeps it under a symbol. */
function compiledEmulator(emulator: Emulator): Record<string, unknown> {
  for (const symbol of Object.getOwnPropertySymbols(emulator)) {
    const member: unknown = Reflect.get(emulator, symbol);
    if (typeof member === 'object' && member !== null && CONTEXT in member) {
      return member as Record<string, unknown>;
    }
  }
  throw new Error('scalus: expected version 0.17.0, whose emulator keeps a context');
}

/**
 * An emulator that holds the question's outputs and is in its slot, under its network's parameters. The library takes no
 * parameters and has some of its own; these are put in their place.
 */
export function emulatorOf({ outputs, parameters, slot, network, timeline }: Question): Emulator {
  const { SlotConfig, Emulator: LibraryEmulator } = scalus;
  // By these slots the library tells mainnet from testnets.
  const { mainnet, preview } = SlotConfig;
  const emulator = new LibraryEmulator(utxoCbor(outputs), network === 'cardano:mainnet' ? mainnet : preview);
  emulator.setSlot(slot);
  const inner = compiledEmulator(emulator);
  const context = memberOf(inner, CONTEXT);
  const environment = memberOf(context, ENVIRONMENT);
  const own = memberOf(environment, OWN_PARAMETERS);
  if (!isKnown) assertKnown(own);
  isKnown = true;
  inner[CONTEXT] = withMembers(context, {
    [ENVIRONMENT]: withMembers(environment, { [OWN_PARAMETERS]: compiledParameters(own, parameters) }),
    [slotsOf(context)]: slotConfigOf(timeline, slot),
  });
  return emulator;
}

/** The member of a context that is its slots. */
function slotsOf(context: Compiled): string {
  const [name] = Object.entries(context).find(([, member]) => member instanceof scalus.SlotConfig) ?? [];
  if (name === undefined) throw new Error('scalus: expected version 0.17.0, whose context has slots');
  return name;
}
