import { z } from 'zod';
import { encodeBytes } from '../../../../ledger/cbor/index.js';
import {
  applyParameters,
  plutusBytes,
  plutusCodeOf,
  plutusInteger,
} from '../../../../ledger/plutus/index.js';
import { fromHex } from '../../../../ledger/primitives/hex.js';
import { hashedScript } from '../../../../ledger/transaction/script-hash.js';
import { err, ok, type Result } from '../../../../result.js';
import type { MasumiDeployment, MasumiEscrow } from '../../../policy.js';
import { canonicalJson, sha256Hex } from './canonical-json.js';
import { CANONICAL_ESCROW } from './deployment.js';

/** The blueprint that the scheme pins (scheme: "Deployment and escrow address"). */
export const MASUMI_BLUEPRINT = {
  /** SHA-256 over the canonical JSON of the whole blueprint. */
  digest: '6249de17bb87c5246106af6b0f33de22b44ca24b9c1445fa36d10eb8b583dec7',
  validator: 'vested_pay.vested_pay.spend',
  /** What its validator hashes to with the parameters of the canonical deployment. */
  canonicalScriptHash: CANONICAL_ESCROW.scriptHash,
} as const;

type Blueprint = { readonly [Name in keyof typeof MASUMI_BLUEPRINT]: string };

/** The part of a blueprint (CIP-57) that is read. */
const blueprintSchema = z.object({
  validators: z.array(z.object({ title: z.string(), compiledCode: z.string().optional() })),
});

function compiledCode(blueprint: unknown, title: string): Result<Uint8Array, string> {
  const { validators = [] } = blueprintSchema.safeParse(blueprint).data ?? {};
  const code = validators.find((validator) => validator.title === title)?.compiledCode;
  const bytes = code ? fromHex(code) : undefined;
  return bytes === undefined ? err(`expected compiled code of ${title}, found none`) : ok(bytes);
}

/** The hash of the validator with the three parameters applied, in the contract's order. */
function scriptHashOf(code: Uint8Array, deployment: MasumiDeployment): Result<string, string> {
  const { requiredAdmins, adminVkeys, cooldownPeriod } = deployment;
  const applied = applyParameters(plutusCodeOf(code).program, [
    plutusInteger(BigInt(requiredAdmins)),
    { kind: 'list', items: adminVkeys.map((key) => plutusBytes(fromHex(key) ?? new Uint8Array())) },
    plutusInteger(BigInt(cooldownPeriod)),
  ]);
  return applied.ok ? ok(hashedScript('plutusV3', encodeBytes(applied.value)).hash) : applied;
}

/**
 * The escrows of custom deployments, from an operator's own copy of the contract's CIP-57 blueprint.
 *
 * @param blueprint the parsed JSON; only the one that the scheme pins is accepted.
 * @param pinned which blueprint that is.
 * @returns the escrows in the order of `deployments`, or what is wrong with the blueprint.
 * @example
 * const escrows = deriveMasumiEscrows(JSON.parse(plutusJson), [deployment]);
 * if (escrows.ok) console.log(escrows.value[0]?.scriptHash);
 */
export function deriveMasumiEscrows(
  blueprint: unknown,
  deployments: readonly MasumiDeployment[],
  pinned: Blueprint = MASUMI_BLUEPRINT,
): Result<readonly MasumiEscrow[], string> {
  const digest = sha256Hex(canonicalJson(blueprint) ?? '');
  if (digest !== pinned.digest) {
    return err(
      `expected the blueprint whose canonical JSON has the SHA-256 ${pinned.digest}, found ${digest}`,
    );
  }
  const code = compiledCode(blueprint, pinned.validator);
  if (!code.ok) return code;
  // The scheme gives this hash: if it differs, no other hash from this code can be trusted.
  const canonical = scriptHashOf(code.value, CANONICAL_ESCROW.deployment);
  if (!canonical.ok || canonical.value !== pinned.canonicalScriptHash) {
    const found = canonical.ok ? canonical.value : canonical.error;
    return err(`expected the canonical deployment to hash to ${pinned.canonicalScriptHash}, found ${found}`);
  }
  const escrows: MasumiEscrow[] = [];
  for (const deployment of deployments) {
    const scriptHash = scriptHashOf(code.value, deployment);
    if (!scriptHash.ok) return scriptHash;
    escrows.push({ deployment, scriptHash: scriptHash.value });
  }
  return ok(escrows);
}
