import type { Entry } from '../channels/stores.js';

type Text<T> = T extends bigint ? string : T extends object ? { readonly [Key in keyof T]: Text<T[Key]> } : T;

/** A row's text. The answer has a table of its own. */
type Written = Text<Omit<Entry, 'answer'>>;

/** Writes what is kept of a channel; amounts as decimal text. */
export function writeEntry({ record, pending, last }: Entry): string {
  return JSON.stringify({ record, pending, last }, (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
}

/** @throws Error for text that `writeEntry` did not write. */
export function readEntry(text: string): Entry {
  const { record, pending, last } = JSON.parse(text) as Written;
  const iouOf = (iou: Text<NonNullable<Entry['record']['iou']>>) => ({ ...iou, amount: BigInt(iou.amount) });
  return {
    record: {
      ...record,
      balance: BigInt(record.balance),
      totalClaimed: BigInt(record.totalClaimed),
      charged: BigInt(record.charged),
      iou: record.iou && iouOf(record.iou),
    },
    pending: pending && { ...pending, base: BigInt(pending.base), iou: iouOf(pending.iou) },
    last: last && { ...last, iou: iouOf(last.iou) },
  };
}
