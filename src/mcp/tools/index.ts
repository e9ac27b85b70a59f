/** The tools of the MCP server. */
import type { Tool } from "../tool.ts";

/** All tools, in the order in which clients list them. Loads zod, which their shapes are written in. */
export async function loadTools(): Promise<readonly Tool[]> {
  return (await import("./all.ts")).TOOLS;
}
