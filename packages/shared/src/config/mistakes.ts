/** One mistake in the configuration. */
export type ConfigMistake = {
  /** Dotted path of the key, or the name of the file or environment variable. */
  readonly path: string;
  /** What was expected and what was found. Never a secret. */
  readonly message: string;
};

/** What the operator reads, one line per mistake: `ConfigInvalidError: chain.network: …`. */
export function linesOf(mistakes: readonly ConfigMistake[]): readonly string[] {
  return mistakes.map(({ path, message }) => `ConfigInvalidError: ${path}: ${message}`);
}
