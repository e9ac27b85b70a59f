/** Files that cannot be ingested, as findings: the first few by name, and how many more there are. */
import { THRESHOLDS } from "../thresholds.ts";
import type { Finding } from "./check.ts";

/** @param why why it matters, and what to do; the same for each file. */
export function failedFindings(
  failed: readonly { readonly path: string; readonly error: string }[],
  why: string,
): Finding[] {
  const finding = (subject: string, message: string, reason: string): Finding => ({
    severity: "warning",
    message,
    why: reason,
    subject,
    commands: [],
  });
  const shown = failed.slice(0, THRESHOLDS.listedFindings);
  const findings = shown.map(({ path, error }) =>
    finding(path, `${path} cannot be ingested: ${error}.`, why),
  );
  const more = failed.length - shown.length;
  if (more === 0) return findings;
  const rest = `${more} more files or folders cannot be ingested.`;
  return [...findings, finding(`${more} more`, rest, "`amalfa init` names all of them.")];
}
