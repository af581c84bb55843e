// An agent that looks at a price and pays, by an MCP server: node agent.mjs CONFIGURATION URL
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [, , configuration, url] = process.argv;
const { command, args, env } = JSON.parse(configuration).mcpServers['x402-cardano'];
const client = new Client({ name: 'agent', version: '1' });
await client.connect(
  new StdioClientTransport({ command, args, env: { ...process.env, ...env }, stderr: 'inherit' }),
);
const call = async (name) =>
  JSON.parse((await client.callTool({ name, arguments: { url } })).content[0].text);
const { prices, limits } = await call('look_at_price');
const { outcome, resource } = await call('pay');
process.stdout.write(
  JSON.stringify({ amount: prices[0].amount, limits, outcome, resource: JSON.parse(resource) }),
);
await client.close();
