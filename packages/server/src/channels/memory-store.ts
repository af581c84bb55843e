import type { ChannelStore } from './store.js';
import {
  committed,
  type Entry,
  ended,
  ending,
  observed,
  released,
  removed,
  renewed,
  reserved,
  type Step,
} from './transitions.js';

/**
 * Keeps channels in the memory of one process: for tests, and for trying it out. What buyers have promised is lost with the
 * process.
 *
 * @example
 * const scheme = new BatchSettlementCardanoScheme({ store: createMemoryChannelStore(), facilitator, ...terms });
 */
export function createMemoryChannelStore(clock: () => number = Date.now): ChannelStore {
  const entries = new Map<string, Entry>();
  const keep = <Said>(channelId: string, { said, entry }: Step<Said>): Said => {
    if (entry === undefined) entries.delete(channelId);
    else entries.set(channelId, entry);
    return said;
  };
  const at = (channelId: string) => entries.get(channelId);
  return {
    reserve: async (asked) => {
      const { channelId } = asked.channel;
      return keep(channelId, reserved(at(channelId), asked, clock()));
    },
    commit: async (asked) => keep(asked.channelId, committed(at(asked.channelId), asked, clock())),
    end: async (channelId, holder, refund) => keep(channelId, ending(at(channelId), holder, refund)),
    ended: async (channelId, txHash, settlement) =>
      keep(channelId, { said: undefined, entry: ended(at(channelId), txHash, settlement) }),
    release: async (channelId, holder) =>
      keep(channelId, { said: undefined, entry: released(at(channelId), holder) }),
    renew: async (channelId, holder, leaseMs) =>
      keep(channelId, renewed(at(channelId), holder, leaseMs, clock())),
    read: async (channelId) => at(channelId)?.record,
    async *list() {
      for (const { record } of [...entries.values()]) if (record.iou !== undefined) yield record;
    },
    observe: async (channelId, view, note) => keep(channelId, observed(at(channelId), view, note, clock())),
    remove: async (channelId, charged) => keep(channelId, removed(at(channelId), charged, clock())),
  };
}
