import { err, ok, type Result } from '../../../result.js';
import { toHex } from '../../primitives/hex.js';

/** Quantities by policy and asset name, both lowercase hex; none is zero, and no policy is without any. */
export type LedgerValue = {
  readonly policies: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
  /** How many quantities there are. */
  readonly size: number;
};

/** Quantities by policy and asset name. */
export type QuantityEntry = readonly [
  policy: Uint8Array,
  tokens: readonly (readonly [name: Uint8Array, quantity: bigint])[],
];

const MAX_KEY_BYTES = 32;
const MAX_QUANTITY = 2n ** 127n - 1n;

export function isQuantity(quantity: bigint): boolean {
  return quantity <= MAX_QUANTITY && quantity >= -MAX_QUANTITY - 1n;
}

export function isKey(key: Uint8Array): boolean {
  return key.length <= MAX_KEY_BYTES;
}

/** Keys in ascending order, none twice and none too long. */
function readKeys(keys: readonly Uint8Array[]): Result<readonly string[], string> {
  const texts = keys.map(toHex);
  if (!keys.every(isKey)) return err('a key has more than 32 bytes');
  const ascends = texts.every((text, at) => at === 0 || text > (texts[at - 1] ?? ''));
  return ascends ? ok(texts) : err('keys are not in ascending order');
}

/** A value from entries in the one form that the ledger takes them in. */
export function ledgerValue(entries: readonly QuantityEntry[]): Result<LedgerValue, string> {
  const policyIds = readKeys(entries.map(([policy]) => policy));
  if (!policyIds.ok) return policyIds;
  const policies = new Map<string, ReadonlyMap<string, bigint>>();
  let size = 0;
  for (const [at, [, tokens]] of entries.entries()) {
    const names = readKeys(tokens.map(([name]) => name));
    if (!names.ok) return names;
    if (tokens.length === 0) return err('a policy without quantities');
    if (tokens.some(([, quantity]) => quantity === 0n || !isQuantity(quantity)))
      return err('a quantity is zero or out of bounds');
    policies.set(
      policyIds.value[at] ?? '',
      new Map(tokens.map(([, quantity], token) => [names.value[token] ?? '', quantity])),
    );
    size += tokens.length;
  }
  return ok({ policies, size });
}

/** The value with one quantity set; a quantity of zero takes the entry out. */
export function withQuantity(
  value: LedgerValue,
  policy: string,
  name: string,
  quantity: bigint,
): LedgerValue {
  const policies = new Map(value.policies);
  const tokens = new Map(policies.get(policy));
  const before = tokens.size;
  if (quantity === 0n) tokens.delete(name);
  else tokens.set(name, quantity);
  if (tokens.size === 0) policies.delete(policy);
  else policies.set(policy, tokens);
  return { policies, size: value.size + tokens.size - before };
}

export function quantityOf(value: LedgerValue, policy: string, name: string): bigint {
  return value.policies.get(policy)?.get(name) ?? 0n;
}

/** Every quantity with where it belongs, in ascending order. */
export function quantitiesOf({ policies }: LedgerValue): readonly (readonly [string, string, bigint])[] {
  return [...policies.keys()].sort().flatMap((policy) => {
    const tokens = policies.get(policy) ?? new Map<string, bigint>();
    return [...tokens.keys()].sort().map((name) => [policy, name, tokens.get(name) ?? 0n] as const);
  });
}

function bitLength(count: number): number {
  return count === 0 ? 0 : Math.floor(Math.log2(count)) + 1;
}

/** How deep a search goes: the sum of both levels' bit lengths. */
export function depthOf({ policies }: LedgerValue): number {
  let largest = 0;
  for (const { size } of policies.values()) largest = Math.max(largest, size);
  return bitLength(policies.size) + bitLength(largest);
}
