/**
 * What a helper has to say, if it says it soon: `undefined` when it takes longer than `patienceMs` or fails. For what
 * makes chain access better but must never be able to stop it.
 */
export async function soon<T>(patienceMs: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMs);
  });
  try {
    return await Promise.race([work.catch(() => undefined), silence]);
  } finally {
    clearTimeout(timer);
  }
}
