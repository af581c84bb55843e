import { InvalidArgumentError } from 'commander';

/** The arguments of a command, without the `--` that pnpm hands on. */
export const argumentsOf = ({ argv }: { readonly argv: readonly string[] }) =>
  argv.slice(2).filter((argument) => argument !== '--');

/** @throws InvalidArgumentError for anything but a number above 0 */
export function readPositive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('Expected a number above 0.');
  return number;
}
