/** What the checks are grouped by where they are shown. */

/** Groups in the order in which they are shown. */
export const CHECK_GROUPS = [
  "configuration",
  "files",
  "services",
  "database",
  "graph",
  "vector cache",
  "logs",
] as const;

export type CheckGroup = (typeof CHECK_GROUPS)[number];
