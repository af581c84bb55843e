import { DONE, err, type Result } from '../../../../result.js';
import { canonicalJson, sha256Hex } from './canonical-json.js';

/** One piece of the request that the seller commits to. */
export type CommitmentPart = {
  readonly name: string;
  readonly canonicalization: 'jcs' | 'raw';
  readonly mediaType: string | undefined;
  /** Absent where the client has the content itself. */
  readonly content: { readonly value: unknown } | undefined;
  /** SHA-256 of the content's bytes, lowercase hex. */
  readonly digest: string;
};

/** `extra.inputCommitment`: what the escrow's `input_hash` binds the funds to. */
export type InputCommitment = {
  readonly parts: readonly CommitmentPart[];
  /** Lowercase hex; equals `terms.inputHash`. */
  readonly digest: string;
};

const INPUT_DOMAIN = 'masumi:x402:input:v1\n';

/** The bytes that a part's digest is over; `undefined` for content that has no such bytes. */
function contentBytes(
  { canonicalization }: CommitmentPart,
  content: unknown,
): string | Uint8Array | undefined {
  if (canonicalization === 'jcs') return canonicalJson(content);
  if (typeof content !== 'string') return undefined;
  const bytes = Buffer.from(content, 'base64url');
  return bytes.toString('base64url') === content ? new Uint8Array(bytes) : undefined;
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
 * Recomputes every digest whose content is there. The content itself never gets into a message.
 *
 * @returns nothing, or what is wrong.
 */
export function checkCommitment({ parts, digest }: InputCommitment, path: string): Result<undefined, string> {
  for (const [at, part] of parts.entries()) {
    if (part.content === undefined) continue;
    const bytes = contentBytes(part, part.content.value);
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
