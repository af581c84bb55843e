import { request } from 'node:http';
import { expect, test } from 'vitest';
import { useApi } from './support/use-api.js';

const api = useApi();

/** The status of a path that is sent as it is: `fetch` would tidy it up. */
function statusOf(path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test.each([
  '/docs/static/../x',
  '/docs/static/../../x',
  '/docs/static/..%2fx',
  '/docs/static/%2e%2e/x',
  '/docs/static/..%5cx',
  '/docs/static/%00',
  '/docs/static/x%',
  '/docs/static//etc/passwd',
  '/docs/../x',
  '/status/../x',
])('%s is a mistake of its caller, and no error of ours', async (path) => {
  const before = api.log.length;
  const status = await statusOf(path);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(api.log.slice(before).filter(({ level }) => level === 'error')).toEqual([]);
});

test('/docs/static/../x is not found', async () => {
  expect(await statusOf('/docs/static/../x')).toBe(404);
  expect(await statusOf('/docs/static/swagger-ui.css')).toBe(200);
});
