/** What identifies us to a provider. */
export type Credential = {
  readonly header: 'project_id' | 'authorization';
  /** The header's value. */
  readonly value: string;
  /** The part of it that must never appear in a message. */
  readonly secret: string;
};

/** Blockfrost's header. */
export function projectIdCredential(projectId: string | undefined): Credential | undefined {
  return projectId === undefined ? undefined : { header: 'project_id', value: projectId, secret: projectId };
}

/** A bearer token, as Koios takes it. */
export function bearerCredential(token: string | undefined): Credential | undefined {
  return token === undefined
    ? undefined
    : { header: 'authorization', value: `Bearer ${token}`, secret: token };
}
