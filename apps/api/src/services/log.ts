/** What services say beside their answer. Any logger of ours or Fastify's will do. */
export type Log = { warn(fields: Readonly<Record<string, unknown>>, message: string): void };
