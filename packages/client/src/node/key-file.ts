import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { Secret } from '../keys/index.js';

/** 64 MiB and about a third of a second: dear for those who guess passphrases. */
const SCRYPT = { N: 65_536, r: 8, p: 1 };
const MAX_MEMORY = 128 * 1_048_576;
const FILE_MODE = 0o600;
const OTHERS = 0o077;
const CIPHER = 'aes-256-gcm';
const PURPOSE = Buffer.from('x402-cardano key 1');

const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]+=*$/)
  .transform((text) => Buffer.from(text, 'base64'));
const fileSchema = z.object({
  version: z.literal(1),
  kdf: z.object({
    name: z.literal('scrypt'),
    N: z.literal(SCRYPT.N),
    r: z.literal(8),
    p: z.literal(1),
    salt: base64,
  }),
  cipher: z.object({ name: z.literal(CIPHER), nonce: base64, tag: base64 }),
  secret: base64,
});
const secretSchema = z.union([z.object({ seedPhrase: z.string() }), z.object({ privateKey: z.string() })]);

/**
 * Writes a secret, encrypted by a passphrase, to a new file that its owner alone can read.
 *
 * @throws Error when the file exists: a key is never overwritten.
 */
export async function writeKeyFile(path: string, secret: Secret, passphrase: string): Promise<void> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv(CIPHER, await keyOf(passphrase, salt), nonce);
  cipher.setAAD(PURPOSE);
  const encrypted = Buffer.concat([cipher.update(JSON.stringify(secret), 'utf8'), cipher.final()]);
  const content = {
    version: 1,
    kdf: { name: 'scrypt', ...SCRYPT, salt: salt.toString('base64') },
    cipher: { name: CIPHER, nonce: nonce.toString('base64'), tag: cipher.getAuthTag().toString('base64') },
    secret: encrypted.toString('base64'),
  };
  const file = await create(path);
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Reads a secret from its file.
 *
 * @throws Error when there is no file, when others may read it, when it has another form, or when the passphrase is wrong.
 */
export async function readKeyFile(path: string, passphrase: string): Promise<Secret> {
  const { mode } = await stat(path).catch((cause: unknown) => {
    throw new Error(`${path}: expected a key file, which "x402-cardano key new" makes, found none`, {
      cause,
    });
  });
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0)
    throw new Error(
      `${path}: expected a file for its owner alone (mode 0600), found mode 0${(mode & 0o777).toString(8)}`,
    );
  const file = await open(path);
  let text: string;
  try {
    text = await file.readFile('utf8');
  } finally {
    await file.close();
  }
  const parsed = fileSchema.safeParse(parse(text));
  if (!parsed.success) throw new Error(`${path}: expected a key file, found something else`);
  const { kdf, cipher, secret } = parsed.data;
  const decipher = createDecipheriv(CIPHER, await keyOf(passphrase, kdf.salt), cipher.nonce, {
    authTagLength: 16,
  });
  decipher.setAAD(PURPOSE);
  decipher.setAuthTag(cipher.tag);
  let plain: string;
  try {
    plain = Buffer.concat([decipher.update(secret), decipher.final()]).toString('utf8');
  } catch {
    throw new Error(`${path}: the passphrase is wrong, or the file was changed`);
  }
  return secretSchema.parse(parse(plain));
}

function create(path: string): Promise<FileHandle> {
  return open(path, 'wx', FILE_MODE).catch((cause: unknown) => {
    throw new Error(`${path}: expected a new file for the key, and cannot make it`, { cause });
  });
}

function keyOf(passphrase: string, salt: Uint8Array): Promise<Buffer> {
  // One spelling for what a keyboard may write in two ways.
  const text = passphrase.normalize('NFKC');
  return new Promise((resolve, reject) => {
    scrypt(text, salt, 32, { ...SCRYPT, maxmem: MAX_MEMORY }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
