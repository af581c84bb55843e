import { startReplicated } from '@x402-facilitator/journal/testing';
import { expect, it } from 'vitest';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();

it('a claim that a replica does not have is not sent, and is sent once it has it', async () => {
  const { nodes, close } = await startReplicated(1);
  const [primary, replica] = nodes;
  if (primary === undefined || replica === undefined) throw new Error('expected two nodes');
  const { here, payer } = await open({
    redis: { url: primary.url, stop: close },
    config: {
      chain: {
        redis: { host: '127.0.0.1', port: primary.port, durability: { replicas: 1, timeoutMs: 300 } },
      },
    },
  });
  const first = await payer.sign({ requiredConfirmations: 0 });
  await here.settle(first);
  await here.reaches(first, 'submitted');

  await replica.stop();
  const second = await payer.sign({ requiredConfirmations: 0 });
  await here.settle(second);
  await expect
    .poll(() => here.logs().map(({ message }) => message))
    .toContain('not sent: too few replicas have its claim');
  expect((await here.read(second.txHash)).state).toBe('queued');
  expect(here.submissionsOf(second)).toBe(0);
  replica.signal('SIGCONT');
  await here.reaches(second, 'submitted');
  expect(here.submissionsOf(second)).toBe(1);
});
