import { programsOrSkip } from './or-skip.js';

/** The paths of Prometheus and of the tool that checks its files; `undefined` if their tests should be skipped. */
export async function prometheusOrSkip(): Promise<
  { readonly prometheus: string; readonly promtool: string } | undefined
> {
  const found = await programsOrSkip([['prometheus'], ['promtool']], 'prometheus');
  return found && { prometheus: found[0], promtool: found[1] };
}
