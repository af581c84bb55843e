import { base64urlnopad } from '@scure/base';
import { z } from 'zod';
import { DONE, err, type Result } from '../../../../result.js';
import { bounded, closed, lowercaseHex, text, told } from '../../../shape.js';
import { canonicalJson, nestsAtMost, sha256Hex } from './canonical-json.js';
import { LIMITS } from './parameters.js';

const { commitmentParts, partNameCharacters, mediaTypeCharacters, contentDepth } = LIMITS;
const mediaType = told(`text of at most ${mediaTypeCharacters} characters`);

/** One piece of the request that the seller commits to. */
const partSchema = closed({
  name: text(/./su, partNameCharacters, `text of 1 to ${partNameCharacters} characters`),
  canonicalization: z.enum(['jcs', 'raw'], told('jcs or raw')),
  mediaType: z.string(mediaType).max(mediaTypeCharacters, mediaType).optional(),
  /** Absent where the client has the content itself. Never quoted: it is the buyer's request. */
  content: z
    .unknown()
    .refine(
      (content) => nestsAtMost(contentDepth, content),
      `expected at most ${contentDepth} levels of nesting, found more`,
    )
    .optional(),
  /** SHA-256 of the content's bytes. */
  digest: lowercaseHex(32),
}).refine(
  ({ canonicalization, content }) =>
    canonicalization === 'jcs' || content === undefined || typeof content === 'string',
  { path: ['content'], error: 'expected unpadded base64url, found another type' },
);

/** `extra.inputCommitment`: the request that the escrow's `input_hash` binds the funds to. */
export const inputCommitmentSchema = closed({
  version: z.literal('1', told('"1"')),
  algorithm: z.literal('sha256', told('"sha256"')),
  parts: bounded(partSchema, commitmentParts).refine(
    (parts) => new Set(parts.map(({ name }) => name)).size === parts.length,
    told('parts with unique names'),
  ),
  /** Equals `terms.inputHash`. */
  digest: lowercaseHex(32),
});

export type InputCommitment = z.output<typeof inputCommitmentSchema>;
export type CommitmentPart = InputCommitment['parts'][number];

const INPUT_DOMAIN = 'masumi:x402:input:v1\n';

/** The bytes that a part's digest is over; `undefined` for content without a canonical form. */
function contentBytes({ canonicalization, content }: CommitmentPart): string | Uint8Array | undefined {
  if (canonicalization === 'jcs') return canonicalJson(content);
  if (typeof content !== 'string') return undefined;
  try {
    return base64urlnopad.decode(content);
  } catch {
    return undefined;
  }
}

/**
 * The digest of the manifest: the commitment without its parts' contents and its own digest (scheme: "Request
 * commitment").
 *
 * @returns `undefined` when the manifest has no canonical form.
 */
export function inputHashOf(parts: readonly CommitmentPart[]): string | undefined {
  const manifest = canonicalJson({
    version: '1',
    algorithm: 'sha256',
    parts: parts.map(({ name, canonicalization, mediaType, digest }) => ({
      name,
      canonicalization,
      mediaType,
      digest,
    })),
  });
  return manifest === undefined ? undefined : sha256Hex(INPUT_DOMAIN, manifest);
}

/**
 * Recomputes every digest whose content is given. Messages never quote the content.
 *
 * @returns nothing, or what is wrong.
 */
export function checkCommitment({ parts, digest }: InputCommitment, path: string): Result<undefined, string> {
  for (const [at, part] of parts.entries()) {
    if (part.content === undefined) continue;
    const bytes = contentBytes(part);
    if (bytes === undefined) {
      const form = part.canonicalization === 'jcs' ? 'a canonical JSON form' : 'unpadded base64url';
      return err(`${path}.parts[${at}].content: expected a value with ${form}, found another`);
    }
    const actual = sha256Hex(bytes);
    if (actual !== part.digest)
      return err(`${path}.parts[${at}].digest: expected ${actual}, found ${part.digest}`);
  }
  const actual = inputHashOf(parts);
  return actual === digest
    ? DONE
    : err(`${path}.digest: expected ${actual ?? 'text in Unicode'}, found ${digest}`);
}
