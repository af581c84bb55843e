import { createHash } from 'node:crypto';
import type { CardanoAmount } from '@x402-facilitator/server';

/** Something for sale. */
export type Article = {
  readonly path: string;
  readonly description: string;
  readonly price: CardanoAmount;
  /** How deep the payment must be in the chain before the article is delivered (`l1Confirmations`). */
  readonly confirmations: number;
  /** What facilitators may list it with (the `bazaar` extension). Left out: it is not listed. */
  readonly declares?: Readonly<Record<string, unknown>>;
  /** Makes the article; the payment is settled only if this succeeds. */
  readonly deliver: () => unknown;
};

/** The articles of this server, priced in ADA and in the token, if one is configured, at three depths. */
export function catalogue(options: {
  /** `<policyId>.<assetNameHex>`, or none. */
  readonly tokenAsset?: string | undefined;
  readonly now: () => Date;
}): readonly Article[] {
  const { tokenAsset, now } = options;
  const ada = (amount: number): CardanoAmount => ({ asset: 'lovelace', amount: String(amount * 1_000_000) });
  const articles: Article[] = [
    {
      path: '/weather',
      description: 'The weather here and now, as soon as the payment is in a block',
      price: ada(2),
      confirmations: 0,
      declares: discoverable({ place: 'Preview', at: '2026-01-01T00:00:00.000Z', celsius: 12, sky: 'clear' }),
      deliver: () => ({ place: 'Preview', at: now().toISOString(), ...weatherAt(now()) }),
    },
    {
      path: '/report',
      description: 'A market report, one block deep',
      price: ada(3),
      confirmations: 1,
      deliver: () => ({ title: 'Market report', at: now().toISOString(), trend: 'sideways' }),
    },
    {
      path: '/archive',
      description: 'The whole archive, three blocks deep',
      price: ada(5),
      confirmations: 3,
      deliver: () => ({ title: 'Archive', at: now().toISOString(), pages: 4_711 }),
    },
  ];
  if (tokenAsset !== undefined)
    articles.push({
      path: '/token-report',
      description: 'The market report, paid in a token',
      price: { asset: tokenAsset, amount: '10' },
      confirmations: 1,
      deliver: () => ({ title: 'Market report', at: now().toISOString(), trend: 'sideways' }),
    });
  return articles;
}

/** As `declareDiscoveryExtension` of `@x402/extensions` writes it for a GET without parameters. */
function discoverable(example: object): Readonly<Record<string, unknown>> {
  const text = { type: 'string' };
  return {
    info: { input: { type: 'http', method: 'GET' }, output: { type: 'json', example } },
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        input: {
          type: 'object',
          properties: {
            type: { ...text, const: 'http' },
            method: { ...text, enum: ['GET', 'HEAD', 'DELETE'] },
          },
          required: ['type', 'method'],
          additionalProperties: false,
        },
        output: {
          type: 'object',
          properties: { type: text, example: { type: 'object' } },
          required: ['type'],
        },
      },
      required: ['input'],
    },
  };
}

/** Weather that changes by the hour. */
function weatherAt(time: Date): { readonly celsius: number; readonly sky: string } {
  const seed = createHash('sha256').update(time.toISOString().slice(0, 13)).digest();
  const skies = ['clear', 'cloudy', 'rain', 'fog'];
  return { celsius: 5 + (seed.readUInt8(0) % 20), sky: skies[seed.readUInt8(1) % skies.length] ?? 'clear' };
}
