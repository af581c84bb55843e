// Serves the GET of a route file of Next's app router, in place of Next's own server: node serve-route.mjs FILE
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [, , file] = process.argv;
const { NextRequest } = createRequire(file)('next/server.js');
const { GET } = await import(pathToFileURL(file).href);
createServer({ maxHeaderSize: 65_536 }, async (request, response) => {
  const url = `http://${request.headers.host}${request.url}`;
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    [value].flat().map((each) => [name, each ?? '']),
  );
  const answer = await GET(new NextRequest(url, { method: request.method, headers }));
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
}).listen(Number(process.env.PORT), '127.0.0.1');
