/** A non-negative fraction, exact: protocol parameters are rationals, not floats. */
export type Rational = { readonly numerator: bigint; readonly denominator: bigint };

/** Execution units of a script or of a limit. */
export type ExecutionUnits = { readonly memory: bigint; readonly steps: bigint };

/** The live protocol parameters that judging a payment needs, and no others. Amounts in lovelace, sizes in bytes. */
export type ProtocolParameters = {
  readonly epoch: number;
  readonly protocolVersion: { readonly major: number; readonly minor: number };
  readonly minFeePerByte: bigint;
  readonly minFeeConstant: bigint;
  readonly coinsPerUtxoByte: bigint;
  readonly maxTransactionBytes: number;
  readonly maxValueBytes: number;
  readonly collateralPercentage: number;
  readonly maxCollateralInputs: number;
  readonly priceMemory: Rational;
  readonly priceSteps: Rational;
  readonly maxTransactionExecutionUnits: ExecutionUnits;
  readonly referenceScriptCostPerByte: Rational;
  /** Bytes of reference scripts in a tier of their price; the ledger's constant where absent. */
  readonly referenceScriptTierBytes?: number;
  /** How much dearer each tier is than the one before; the ledger's constant where absent. */
  readonly referenceScriptTierGrowth?: Rational;
  /** Bytes of reference scripts that one transaction may spend and reference; the ledger's constant where absent. */
  readonly maxReferenceScriptBytes?: number;
  /** In the ledger's own order, by language. */
  readonly costModels: {
    readonly plutusV1?: readonly number[];
    readonly plutusV2?: readonly number[];
    readonly plutusV3?: readonly number[];
  };
};
