/**
 * Settings files that are links out of the project. Those who keep all their settings in one place have such links,
 * and they work. But a folder may come from somebody else, with a link to a private file: what is wrong with that is
 * said without a word of what it holds, since messages reach logs, reports and agents. A program is run only where its
 * user has agreed to that very file, and says what it likes.
 */
import { extname } from "node:path";
import { isBelow, realPlace } from "../system/files/index.ts";
import { formatNumberOf } from "../system/index.ts";
import { ConfigError, type ConfigProblem } from "./config-error.ts";

const HINT =
  "Correct the file that it leads to, or put a settings file of the project's own in the place of the link.";

/**
 * An error about settings, where they are a link out of the project, as one that names the file and shows nothing of
 * it. Other errors pass through.
 */
export async function withoutForeignContent(
  root: string,
  file: string | undefined,
  error: unknown,
): Promise<unknown> {
  if (file === undefined || extname(file) !== ".json" || !isBelow(root, file)) return error;
  const place = realPlace(file);
  if (!(error instanceof ConfigError) || isBelow(root, place)) return error;
  const message = `is a link to ${place}, outside of the project, and nothing of it is shown: ${await faults(error)}`;
  return new ConfigError(file, [{ key: "", message }], HINT);
}

async function faults({ problems }: ConfigError): Promise<string> {
  const { settingKeys } = await import("./schema.ts");
  // A group, such as `watch`, may be of the wrong type as a whole.
  const known = new Set(settingKeys().flatMap(({ key }) => [key, key.replace(/\..*$/, "")]));
  const named = new Set(problems.flatMap(({ key }) => keyAmong(known, key) ?? []));
  const whole = problems.flatMap((problem) => (problem.key === "" ? [harmless(problem)] : []));
  const others = problems.filter(({ key }) => key !== "" && keyAmong(known, key) === undefined).length;
  return [
    ...whole,
    ...(others === 0 ? [] : [`it has ${formatNumberOf(others, "unknown key")}`]),
    ...(named.size === 0 ? [] : [`it has no value that can be used for ${[...named].join(", ")}`]),
  ].join("; ");
}

/** The known key that a problem is about, or about a part of whose value. */
function keyAmong(known: ReadonlySet<string>, key: string): string | undefined {
  const whole = key.replace(/\[.*$/s, "");
  return known.has(whole) ? whole : undefined;
}

const SAFE = /^(?:is not valid JSON(?: at line \d+, column \d+)?|is not valid UTF-8|cannot be read: .*)/s;

/** What is wrong with a file as a whole, where the message quotes nothing of it. */
function harmless({ message }: ConfigProblem): string {
  return `it ${SAFE.exec(message)?.[0] ?? "holds no settings"}`;
}
