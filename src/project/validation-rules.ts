/** The rules of `validate` that the settings may give another severity, and what each is worth otherwise. */
import type { RuleSeverity } from "./settings.ts";

/** In the order of docs/mcp.md. What makes something unfindable, or a link lead nowhere, is an error. */
export const DEFAULT_SEVERITIES = {
  "source.missing": "error",
  "source.empty": "error",
  "document.failed": "error",
  "front-matter.unreadable": "error",
  "link.unresolved": "error",
  "attachment.missing": "error",
  "front-matter.unquoted": "warning",
  "link.unwritten": "warning",
  "link.daily": "warning",
  "link.site": "warning",
  "link.excluded": "warning",
  "link.anchor": "warning",
  "alias.duplicate": "warning",
  "title.duplicate": "warning",
  "document.empty": "warning",
  "graph.drift": "warning",
} as const satisfies Readonly<Record<string, RuleSeverity>>;

export type ValidationRule = keyof typeof DEFAULT_SEVERITIES;

export const VALIDATION_RULES = Object.keys(DEFAULT_SEVERITIES) as readonly ValidationRule[];
