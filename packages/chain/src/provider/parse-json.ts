/** The value in a JSON text. Text that is not JSON gives `undefined`, which no schema takes. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
