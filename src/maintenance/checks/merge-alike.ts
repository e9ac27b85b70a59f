/** The same advice about several paths is said once. */
import type { Finding } from "./check.ts";

/** Findings that say the same of different subjects become one, about the first; those that `--fix` mends are mended one by one, and stay. */
export function mergeAlike(findings: readonly Finding[]): Finding[] {
  const groups = Map.groupBy(findings, (finding) =>
    finding.fix === undefined ? sayingOf(finding) : finding.subject,
  );
  return [...groups.values()].map((alike) => merged(alike));
}

function sayingOf({ message, why, subject }: Finding): string {
  return JSON.stringify([message.replaceAll(subject, ""), why]);
}

function merged(alike: readonly Finding[]): Finding {
  const [first, ...others] = alike as readonly [Finding, ...Finding[]];
  if (others.length === 0) return first;
  const severity = alike.some((finding) => finding.severity === "error") ? "error" : "warning";
  const message = `${first.message} The same holds for ${others.map(({ subject }) => subject).join(", ")}.`;
  return { ...first, severity, message };
}
