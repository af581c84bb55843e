import { expect, it } from 'vitest';
import { createCleanups } from '../../src/stack/cleanups.js';

it('undoes the latest first, and each thing once', async () => {
  const undone: string[] = [];
  const cleanups = createCleanups();
  for (const name of ['redis', 'api', 'paywall']) cleanups.add(async () => undone.push(name));
  await cleanups.run();
  await cleanups.run();
  expect(undone).toEqual(['paywall', 'api', 'redis']);
});

it('undoes the rest when one cannot be undone, and says so', async () => {
  const undone: string[] = [];
  const cleanups = createCleanups();
  cleanups.add(async () => undone.push('redis'));
  cleanups.add(() => Promise.reject(new Error('the API hangs')));
  await expect(cleanups.run()).rejects.toMatchObject({ errors: [new Error('the API hangs')] });
  expect(undone).toEqual(['redis']);
});
