/**
 * What errors and answers advise, for somebody who has tools and no shell: where a tool does what a command would do,
 * the tool is named. What only a person should do in a terminal stays a command. So does `--deep`: health compares a
 * part of the rows, and called the memory in order whose damage a search had just met.
 */

const TOOLS: readonly (readonly [RegExp, string])[] = [
  [/\b([Rr])un `amalfa init`(?! -)/g, "$1call refresh"],
  [/\b([Rr])un `amalfa doctor(?: --check [\w.-]+)*`/g, "$1call health"],
  [/`amalfa init`/g, "refresh"],
  [/`amalfa search`/g, "search_documents"],
  [/`amalfa read`/g, "read_node_content"],
  [/`amalfa explore`/g, "explore_links"],
  [/`amalfa find-gaps`/g, "find_gaps"],
  [/`amalfa inject-tags`/g, "inject_tags"],
  [/`amalfa list-sources`/g, "list_directory_structure"],
  [/`amalfa doctor(?: --check [\w.-]+)*`/g, "health"],
  [/\b([Rr])un the command again/g, "$1call the tool again"],
  [/\bsearch with --mode lexical\b/g, "search with mode lexical"],
];

/** A message, a hint or a reason with tools in the place of commands. */
export function forAgents(text: string): string {
  const said = TOOLS.reduce((before, [pattern, tool]) => before.replace(pattern, tool), text);
  return said.replace(
    /\b([Rr])call (refresh|health|the tool again)/g,
    (_, first: string, what: string) => `${first === "R" ? "C" : "c"}all ${what}`,
  );
}

/** The same of the reason that an answer gives for what it is worth. */
export function toldForAgents<Result extends Record<string, unknown>>(result: Result): Result {
  const { freshness } = result as { freshness?: { reason?: unknown } };
  if (typeof freshness !== "object" || typeof freshness.reason !== "string") return result;
  return { ...result, freshness: { ...freshness, reason: forAgents(freshness.reason) } };
}
