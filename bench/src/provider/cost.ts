import { type MeasuredFacilitator, sum } from '../support/facilitator.js';

export type CostResult = {
  /** Provider calls that one payment alone causes, by step. */
  readonly verify: number;
  readonly verifyAgain: number;
  readonly settle: number;
  readonly confirm: number;
  readonly total: number;
};

/** What the follower asks whoever is paid: it belongs to no payment. */
const FOLLOWERS = [
  'GET /blocks/latest',
  'GET /blocks/{hash_or_number}',
  'GET /blocks/{hash_or_number}/next',
  'GET /blocks/{hash_or_number}/txs',
];

/** Counts what a first-time payment costs, as the provider saw it. */
export async function measureCost(facilitator: MeasuredFacilitator): Promise<CostResult> {
  const { ledger, primary } = facilitator;
  // Parameters and eras are read once per epoch: by somebody else.
  await settleOne(facilitator);
  const { transaction, request } = await facilitator.pay();
  facilitator.takeCounts(primary);
  const own = (): number => {
    const counts = facilitator.takeCounts(primary);
    return sum(Object.fromEntries(Object.entries(counts).filter(([name]) => !FOLLOWERS.includes(name))));
  };

  const verified = await facilitator.post('/verify', request);
  if (verified.isValid !== true)
    throw new Error(`expected a valid payment, found ${JSON.stringify(verified)}`);
  const verify = own();
  await facilitator.post('/verify', request);
  const verifyAgain = own();
  await facilitator.post('/settle', request);
  await facilitator.reaches(transaction, 'submitted');
  const settle = own();
  ledger.timer.forge(1);
  await facilitator.reaches(transaction, 'included');
  ledger.timer.forge(1);
  await facilitator.reaches(transaction, 'confirmed');
  const confirm = own();
  return { verify, verifyAgain, settle, confirm, total: verify + settle + confirm };
}

/** One payment from the signature to its confirmation. */
export async function settleOne(facilitator: MeasuredFacilitator): Promise<void> {
  const { transaction, request } = await facilitator.pay();
  await facilitator.post('/settle', request);
  await facilitator.reaches(transaction, 'submitted');
  facilitator.ledger.timer.forge(1);
  await facilitator.reaches(transaction, 'included');
  facilitator.ledger.timer.forge(1);
  await facilitator.reaches(transaction, 'confirmed');
}
