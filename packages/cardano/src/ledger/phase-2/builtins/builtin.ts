import type { CostShape } from '../costs/shapes.js';
import type { Value } from '../machine/value.js';

export type PlutusLanguage = 'plutusV1' | 'plutusV2' | 'plutusV3';

/** What decides how a script is read and run. */
export type PlutusVersion = {
  readonly language: PlutusLanguage;
  /** The ledger's major protocol version. */
  readonly protocolVersion: number;
};

/** The protocol version from which on each language has a group of builtins; never, where there is none. */
export type Introduced = Readonly<Record<PlutusLanguage, number>>;

/** How large an argument counts for a cost, where it is not its usual size. */
export type Measure =
  /** The number itself, without its sign. */
  | 'literal'
  /** The number of 64 bit words that as many bytes take. */
  | 'bytesAsWords'
  /** How deep a search in a value goes. */
  | 'valueDepth'
  /** How many pieces of data there are. */
  | 'dataNodes';

/** A builtin function. */
export type Builtin = {
  readonly name: string;
  readonly forces: number;
  readonly arity: number;
  readonly introduced: Introduced;
  readonly cpu: CostShape | ((version: PlutusVersion) => CostShape);
  readonly memory: CostShape | ((version: PlutusVersion) => CostShape);
  /** By argument; the usual size where there is none. */
  readonly measures?: Readonly<Record<number, Measure>>;
  /** @throws BuiltinFailed when the arguments do not fit. */
  readonly run: (args: readonly Value[], version: PlutusVersion) => Value;
};

/** Thrown by a builtin; ends the script. */
export class BuiltinFailed extends Error {}

/** Protocol version 11 ("van Rossem") gave every builtin to every language and changed some of their costs. */
export const VAN_ROSSEM = 11;

export function isAvailable({ introduced }: Builtin, { language, protocolVersion }: PlutusVersion): boolean {
  return protocolVersion >= introduced[language];
}
