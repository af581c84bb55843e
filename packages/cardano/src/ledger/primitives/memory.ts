/**
 * Remembers values by text, and forgets all of them at once when they are too many. What comes again and again is soon there again, and
 * a browser has no library to load for it.
 */
export function memory<Value>(most: number): Pick<Map<string, Value>, 'get' | 'set'> {
  const known = new Map<string, Value>();
  return {
    get: (name) => known.get(name),
    set(name, value) {
      if (known.size >= most) known.clear();
      return known.set(name, value);
    },
  };
}
