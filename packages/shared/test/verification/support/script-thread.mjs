import { setTimeout as sleep } from 'node:timers/promises';

const forever = () => {
  for (;;);
};

/** Answers at once, but for questions that say otherwise. */
export default async function answer({ transactionHex }) {
  if (transactionHex === 'loop') forever();
  if (transactionHex === 'die') process.exit(1);
  if (transactionHex.startsWith('sleep ')) await sleep(Number(transactionHex.slice(6)));
  return { kind: 'satisfied', scripts: [] };
}
