import type { ErrorResponse, HttpErrorCode } from '@x402-facilitator/shared/wire';

/** A request that is refused with an HTTP status. Verdicts on payments are values; they are never thrown. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly statusCode: number;
  readonly code: HttpErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  /** What its body says besides. */
  readonly details: Pick<ErrorResponse, 'quota'>;

  constructor(
    statusCode: number,
    code: HttpErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    details: Pick<ErrorResponse, 'quota'> = {},
  ) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.headers = headers;
    this.details = details;
  }
}
