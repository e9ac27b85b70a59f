/** A problem that `validate` found, and how much it matters. */
import { DEFAULT_SEVERITIES, type RuleSeverity, type ValidationRule } from "../project/index.ts";

export interface ValidationProblem {
  readonly severity: "error" | "warning";
  /** The rule: dotted and stable; see docs/mcp.md. */
  readonly code: string;
  /** A document's id, a source, or the path of a file; null for the project as a whole. */
  readonly path: string | null;
  /** Counted from 1; null where there is none. */
  readonly line: number | null;
  readonly message: string;
}

/** A problem before anybody has said what it is worth. */
export interface Found {
  readonly code: ValidationRule | `database.${string}`;
  readonly path?: string;
  readonly line?: number;
  readonly message: string;
  /** Other documents that it is about: a change of any of them may have made it. */
  readonly concerns?: readonly string[];
}

/**
 * What the settings say of the rule, else what it is worth by itself. What is no rule, such as a graph that cannot be
 * read, is an error.
 */
export function severityOf(code: string, rules: Readonly<Record<string, RuleSeverity>>): RuleSeverity {
  const defaults: Readonly<Record<string, RuleSeverity>> = DEFAULT_SEVERITIES;
  return rules[code] ?? defaults[code] ?? "error";
}
