/** The MCP server. */

/** Loads the server, and with it the MCP SDK and zod. */
export const loadServer = () => import("./serve.ts");
