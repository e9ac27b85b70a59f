/** The MCP server. */

export type { BridgeStreams } from "./bridge.ts";

/** Loads the server, and with it the MCP SDK and zod. */
export const loadServer = () => import("./serve.ts");
/** What the tools of a project need, for whoever answers for several. */
export const loadContext = () => import("./context.ts");
/** What `serve` is where a server of this user runs already; loads neither. */
export const loadBridge = async () => ({
  ...(await import("./bridge.ts")),
  ...(await import("./local-place.ts")),
});
