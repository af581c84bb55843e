// The image's HEALTHCHECK: `node healthcheck.mjs URL` ends with 0 when URL answers 2xx. A slim image has no curl, and
// needs none.
const [, , url] = process.argv;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
