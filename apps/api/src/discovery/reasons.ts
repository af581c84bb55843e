/** Why a resource is not listed, for sellers. The code is for programs and stays as it is. */
const REASONS = {
  never_settled:
    'no payment for this URL has settled here: a resource is listed with its first settled payment',
  not_declared: 'the last settled payment declared nothing about it',
  malformed: 'the declaration is not as the bazaar extension says',
  schema_mismatch: 'info does not fit its own schema',
  schema_not_followed: 'the schema cannot be followed here',
  too_large: 'the declaration is larger than a listing may be',
  url_refused: 'this URL is not listed here',
  other_seller: 'it is listed for another address: the last settled payment paid a different one',
  host_full:
    'this host has as many listings as it may have: routes with parameters are one listing with a routeTemplate',
  catalogue_full: 'the catalogue is full: a listing goes when it has had no settled payment for long enough',
  payment_undone: 'a rollback undid the payment that listed it',
  expired: 'no payment for it has settled for too long: the next one lists it again',
  withdrawn_by_seller: 'its seller withdrew it',
  delisted_by_operator: 'the operator of this facilitator delisted it',
} as const;

export type ReasonCode = keyof typeof REASONS;

export type Reason = {
  readonly code: string;
  readonly message: string;
  /** Where in the declaration. */
  readonly path?: string;
};

export function reasonOf(code: ReasonCode, detail?: string, path?: string): Reason {
  const message = detail === undefined || detail === '' ? REASONS[code] : `${REASONS[code]}: ${detail}`;
  return { code, message, ...(path === undefined ? {} : { path }) };
}

/** The reason that a note stands for; it was perhaps written by another version. */
export function reasonOfNote(note: {
  code: string;
  message?: string | undefined;
  path?: string | undefined;
}): Reason {
  const isKnown = (code: string): code is ReasonCode => Object.hasOwn(REASONS, code);
  if (isKnown(note.code)) return reasonOf(note.code, note.message, note.path);
  return { code: note.code, message: note.message ?? 'for a reason that this version does not know' };
}

export const REASON_CODES = Object.keys(REASONS) as readonly ReasonCode[];
