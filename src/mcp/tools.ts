/** All tools, in the order in which clients list them. */
import type { Tool } from "./tool.ts";
import { exploreLinksTool } from "./tools/explore-links.ts";
import { findGapsTool } from "./tools/find-gaps.ts";
import { healthTool } from "./tools/health.ts";
import { injectTagsTool } from "./tools/inject-tags.ts";
import { listDirectoryStructureTool } from "./tools/list-directory-structure.ts";
import { readNodeContentTool } from "./tools/read-node-content.ts";
import { searchDocumentsTool } from "./tools/search-documents.ts";

export const TOOLS: readonly Tool[] = [
  searchDocumentsTool,
  readNodeContentTool,
  exploreLinksTool,
  findGapsTool,
  listDirectoryStructureTool,
  injectTagsTool,
  healthTool,
];
