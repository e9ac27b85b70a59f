/** Findings of one check that are named; their number is in its message. */
import { z } from "zod/v4";
import type { HealthReport } from "../health-report.ts";
import { shortened } from "../paging.ts";
import { defineTool, READS_ONLY, type ToolContext } from "../tool.ts";

const MAX_FINDINGS = 20;

export const healthTool = defineTool({
  name: "health",
  title: "Check the project's health",
  description:
    "Diagnose the memory: the graph's database, whether the graph is up to " +
    "date with the files, the vector cache, the model. Changes nothing. " +
    "Use it when another tool fails, when results look incomplete or outdated, " +
    "or before relying on the memory. Each finding names the command that " +
    "helps; commands are for the user to run.",
  annotations: READS_ONLY,
  input: z.strictObject({}),
  output: z.object({
    ok: z.boolean().describe("True when no warning or error was found."),
    root: z.string(),
    next: z.string().nullable().describe("The command to run first; null when nothing is wrong."),
    checks: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        status: z.enum(["ok", "warning", "error", "skipped", "late"]),
        message: z.string(),
        findings: z.array(
          z.object({
            message: z.string(),
            subject: z.string(),
            fix: z.string().nullable().describe("What `amalfa doctor --fix` would do."),
            commands: z.array(z.string()),
          }),
        ),
      }),
    ),
  }),
  run: async (context) => {
    const { ok, root, next, checks } = await examined(context);
    return {
      ok,
      root,
      next,
      checks: checks.map(({ id, title, status, message, findings }) => ({
        id,
        title,
        status,
        message: shortened(message),
        findings: findings.slice(0, MAX_FINDINGS).map(({ message: text, subject, fix, commands }) => ({
          message: shortened(text),
          subject: shortened(subject),
          fix,
          commands: [...commands],
        })),
      })),
    };
  },
});

/** Calls that come while an examination is under way share it: each one takes several processes. */
const underWay = new WeakMap<ToolContext, Promise<HealthReport>>();

function examined(context: ToolContext): Promise<HealthReport> {
  const current = underWay.get(context);
  if (current !== undefined) return current;
  const next = context.health().finally(() => underWay.delete(context));
  underWay.set(context, next);
  return next;
}
