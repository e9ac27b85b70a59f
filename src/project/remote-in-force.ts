/** What of the remote vector cache holds, and on whose word: the environment, the user's settings, or the project's. */
import { existsSync } from "node:fs";
import { variablesIn } from "./environment.ts";
import type { Project } from "./load.ts";
import { remoteOf, userSettingsFile } from "./remote/index.ts";
import { linesOfKeys, type SettingInForce } from "./setting-places.ts";
import { readSettingsFile, valueAt } from "./settings-file.ts";

interface Place {
  readonly file: string;
  readonly written: object;
}

/** By keys; what is not named here is as it would be without a word of the user. */
export async function remoteInForce(
  project: Project,
  written: object,
): Promise<ReadonlyMap<string, SettingInForce>> {
  const decision = await remoteOf(project);
  const userFile = userSettingsFile();
  const user = existsSync(userFile) ? await placeOf(userFile) : undefined;
  const own = project.settingsFile === undefined ? undefined : { file: project.settingsFile, written };
  const nowhere = { file: null, line: null, variable: null };
  const variables = variablesIn(process.env);
  const found = new Map<string, SettingInForce>();
  const isOwn = decision.kind === "ignored" || (decision.kind === "use" && decision.use.from === "project");
  const place = isOwn ? own : user;
  const lineOf = place === undefined ? () => undefined : await linesOfKeys(place.file);
  for (const key of ["cache.remote", "cache.remoteMode", "cache.remoteTtl", "cache.remotePlain"]) {
    const variable = variables.find((each) => each.key === key);
    const said = place === undefined ? undefined : valueAt(place.written, key);
    const shown =
      decision.kind === "none" ? undefined : decision.kind === "use" ? decision.use.url.shown : null;
    const value = key === "cache.remote" ? (shown ?? null) : (variable?.value ?? said);
    // Named by whoever may not, or in a way that cannot be used: what is written, and that nothing holds.
    const refused =
      shown === null && key === "cache.remote" && "shown" in decision ? decision.shown : undefined;
    const kept = refused === undefined ? {} : { written: refused };
    if (variable !== undefined) {
      found.set(key, {
        key,
        value: value ?? null,
        from: "environment",
        ...nowhere,
        variable: variable.name,
        ...kept,
      });
    } else if (said !== undefined && place !== undefined) {
      const line = lineOf(key) ?? null;
      found.set(key, {
        key,
        value: value ?? null,
        from: "file",
        file: place.file,
        line,
        variable: null,
        ...kept,
      });
    } else if (key === "cache.remoteMode" && decision.kind === "use") {
      found.set(key, { key, value: decision.use.mode, from: "default", ...nowhere });
    }
  }
  return found;
}

async function placeOf(file: string): Promise<Place> {
  return { file, written: await readSettingsFile(file) };
}
