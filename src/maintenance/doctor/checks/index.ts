/** The checks of `doctor`. Each check process starts anew and loads only the one that it runs. */
import type { Check, CheckInfo } from "../check.ts";

/** All checks, in the order in which they are reported. */
export async function loadChecks(): Promise<readonly CheckInfo[]> {
  return (await import("./list.ts")).CHECK_LIST;
}

/**
 * One check: its file is named after its id, and the two about PID files share one. Throws for an id that there is
 * not.
 */
export async function loadCheck(id: string): Promise<Check> {
  const file = id.startsWith("pid.") ? "pid-files" : id.replace(".", "-");
  const module = (await import(`./${file}.ts`)) as Record<string, Partial<Check>>;
  const check = Object.values(module).find((value) => value.id === id);
  if (check?.run === undefined) throw new Error(`there is no check ${id}`);
  return check as Check;
}
