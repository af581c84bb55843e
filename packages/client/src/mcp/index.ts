/** Needs `@modelcontextprotocol/sdk`, an optional peer. */
export { createMcpServer, type McpOptions } from './create-mcp-server.js';
