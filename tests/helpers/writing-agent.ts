/** An agent that may write notes, and what it is answered. */
import { McpClient, type ToolOutcome } from "./mcp.ts";
import type { TempFolder } from "./temp-folder.ts";

export const WRITING = ["--allow-write"];

export const writing = (folder: TempFolder) => McpClient.connect(folder.path, {}, undefined, WRITING);

export const idsOf = ({ body }: ToolOutcome): string[] =>
  (body.results as { id: string }[]).map(({ id }) => id);
