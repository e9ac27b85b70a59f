/** Setting up the clients of the MCP server. */
export { CLIENTS, type ClientName } from "./clients.ts";

/** Loads what reads and merges the settings of MCP clients. */
export const loadSetup = () => import("./setup.ts");

/** Loads what makes agents find the memory by themselves. */
export const loadAgents = () => import("./agents.ts");
