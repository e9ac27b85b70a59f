/** The MCP server. */
export type { HealthReport } from "./health-report.ts";

/** Loads the server, and with it the MCP SDK and zod. */
export const loadServer = () => import("./serve.ts");
