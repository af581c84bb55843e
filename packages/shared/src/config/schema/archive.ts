import { z } from 'zod';
import { milliseconds, positive, unsetWhenEmpty } from './values.js';

const archiveUrl = z
  .string()
  .regex(
    /^(?:postgres(?:ql)?:\/\/.|sqlite:\/)/,
    'expected postgresql://…, or sqlite: and the absolute path of a file',
  )
  .meta({
    secret: true,
    description:
      'where ended settlements are archived: postgresql://…, or sqlite: and an absolute path on a single machine; unset: they are forgotten after settle.retentionSeconds. The API only reads: give it a role that can do no more',
  });

export const archiveSchema = z
  .strictObject({
    url: unsetWhenEmpty(archiveUrl),
    maxBacklog: positive
      .max(10_000_000)
      .default(100_000)
      .describe(
        'ended settlements per network that may wait in Redis while the archive is away; at this number /settle accepts nothing new',
      ),
    retentionDays: unsetWhenEmpty(positive.max(36_500)).describe(
      'days after its end that a settlement is deleted from the archive; unset: never',
    ),
    readTimeoutMs: milliseconds
      .min(10)
      .default(500)
      .describe('how long the API waits for the archive, where Redis does not have a settlement'),
    connections: positive.max(100).default(4).describe('PostgreSQL connections of a process at most'),
  })
  .prefault({});
