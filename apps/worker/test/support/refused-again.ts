import { expect } from 'vitest';
import type { Facilitator } from './facilitator.js';
import type { Payment } from './payments.js';

/** Lets its time come, and waits until it was sent and refused once more, and is not over. */
export async function refusedAgain(here: Facilitator, payment: Payment, afterMs = 10_000): Promise<void> {
  const before = (await here.read(payment.txHash)).attempts;
  here.leap(afterMs);
  await expect.poll(async () => (await here.read(payment.txHash)).attempts).toBeGreaterThan(before);
  await here.reaches(payment, 'ambiguous');
}
