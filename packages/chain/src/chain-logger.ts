type WriteLine = (facts: Readonly<Record<string, unknown>>, message: string) => void;

/** What chain access writes its log with; a logger of pino is one. */
export type ChainLogger = {
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
  child(facts: Readonly<Record<string, unknown>>): ChainLogger;
};
