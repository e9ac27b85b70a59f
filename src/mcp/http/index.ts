/** The MCP server over HTTP: one process for many clients. */
export { parseAddress, requireHost } from "./address.ts";
export type { LocalToken } from "./local-token.ts";
export type { HttpOptions } from "./serve-http.ts";
export type { Right, StoredGrant } from "./tokens.ts";

/** Loads the server, and with it the MCP SDK. */
export const loadHttpServer = () => import("./serve-http.ts");
/** Starts workers; loads next to nothing. */
export const loadWorkerProcess = () => import("./worker-process.ts");
/** What a read worker is; loads the tools. */
export const loadReadWorker = () => import("./worker.ts");
/** Where the token of a server on this machine is found. */
export const loadLocalToken = () => import("./local-token.ts");
export const loadTokens = () => import("./tokens.ts");
