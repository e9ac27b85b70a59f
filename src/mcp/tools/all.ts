/** All tools, in the order in which clients list them. */
import type { Tool } from "../tool.ts";
import { exploreLinksTool } from "./explore-links.ts";
import { findGapsTool } from "./find-gaps.ts";
import { healthTool } from "./health.ts";
import { injectTagsTool } from "./inject-tags.ts";
import { listDirectoryStructureTool } from "./list-directory-structure.ts";
import { listTagsTool } from "./list-tags.ts";
import { readDocumentsTool } from "./read-documents.ts";
import { readNodeContentTool } from "./read-node-content.ts";
import { recentChangesTool } from "./recent-changes.ts";
import { refreshTool } from "./refresh.ts";
import { searchDocumentsTool } from "./search-documents.ts";
import { appendNoteTool, writeNoteTool } from "./write-notes.ts";

export const TOOLS: readonly Tool[] = [
  searchDocumentsTool,
  readNodeContentTool,
  readDocumentsTool,
  exploreLinksTool,
  findGapsTool,
  listDirectoryStructureTool,
  recentChangesTool,
  listTagsTool,
  injectTagsTool,
  writeNoteTool,
  appendNoteTool,
  refreshTool,
  healthTool,
];
