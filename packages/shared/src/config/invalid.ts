/** One mistake in the configuration. */
export type ConfigMistake = {
  /** Dotted path of the key, or the name of the file or environment variable. */
  readonly path: string;
  /** What was expected and what was found. Never a secret. */
  readonly message: string;
};

/** The configuration cannot be used. `lines` is what the operator reads. */
export class ConfigInvalidError extends Error {
  override readonly name = 'ConfigInvalidError';
  readonly mistakes: readonly ConfigMistake[];

  constructor(mistakes: readonly ConfigMistake[]) {
    super(mistakes.map((mistake) => `${mistake.path}: ${mistake.message}`).join('; '));
    this.mistakes = mistakes;
  }

  /** One line per mistake: `ConfigInvalidError: chain.network: …`. */
  get lines(): readonly string[] {
    return this.mistakes.map((mistake) => `${this.name}: ${mistake.path}: ${mistake.message}`);
  }
}
