import { readFileSync } from 'node:fs';
import { verifyReceipt } from '@x402-facilitator/cardano';
import { OpsError } from '../errors.js';

const STDIN = 0;

/**
 * `ops receipt verify FILE`: checks a receipt on its own, without a configuration, Redis or a chain.
 *
 * @throws OpsError when the receipt is not valid, or not signed by `address`.
 */
export function checkReceipt(
  file: string,
  options: { readonly address?: string | undefined; readonly json?: boolean | undefined },
  out: (text: string) => void,
): number {
  const verified = verifyReceipt(read(file));
  if (!verified.ok) throw new OpsError(`not a valid receipt: ${verified.error}`);
  const { receipt, address } = verified.value;
  if (options.address !== undefined && options.address !== address)
    throw new OpsError(`not a receipt of ${options.address}: it is signed by ${address}`);
  if (options.json === true) out(JSON.stringify({ address, receipt }, null, 2));
  else {
    out(`valid: signed by ${address}`);
    if (options.address === undefined)
      out('whether that is an address you trust, you have to know (--address)');
    for (const [name, value] of Object.entries(receipt))
      out(`${name.padEnd(14)} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  }
  return 0;
}

function read(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file === '-' ? STDIN : file, 'utf8');
  } catch (error) {
    throw new OpsError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new OpsError('not a valid receipt: expected JSON');
  }
}
