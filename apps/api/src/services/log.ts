/** The logger that services need. Our own and Fastify's both fit. */
export type Log = { warn(fields: Readonly<Record<string, unknown>>, message: string): void };
