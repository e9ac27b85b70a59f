/** All tools, in the order in which clients list them. */
import type { Tool } from "../tool.ts";
import { exploreLinksTool } from "./explore-links.ts";
import { findGapsTool } from "./find-gaps.ts";
import { healthTool } from "./health.ts";
import { injectTagsTool } from "./inject-tags.ts";
import { listDirectoryStructureTool } from "./list-directory-structure.ts";
import { readNodeContentTool } from "./read-node-content.ts";
import { searchDocumentsTool } from "./search-documents.ts";

export const TOOLS: readonly Tool[] = [
  searchDocumentsTool,
  readNodeContentTool,
  exploreLinksTool,
  findGapsTool,
  listDirectoryStructureTool,
  injectTagsTool,
  healthTool,
];
