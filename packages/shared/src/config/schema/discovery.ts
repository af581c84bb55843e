import { z } from 'zod';
import { positive } from './values.js';

export const discoverySchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('whether paid resources that declare it are listed (the bazaar extension)'),
    maxResources: positive
      .max(10_000)
      .default(1000)
      .describe('listings, and reasons why others are not listed'),
    maxPerHost: positive.max(10_000).default(100).describe('listings of one host'),
    maxResourceBytes: z
      .int()
      .min(1024)
      .max(65_536)
      .default(8192)
      .describe('what one listing may take: its declaration, its texts and its terms, as JSON'),
    expireDays: positive
      .max(366)
      .default(30)
      .describe('days without a settled payment after which a listing is not shown'),
    allowLocal: z
      .boolean()
      .default(false)
      .describe('lists http URLs, IP addresses and private names too: for development'),
  })
  .prefault({});
