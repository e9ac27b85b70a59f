/**
 * What `validate` found in the Static Analysis Results Interchange Format, version 2.1.0 of OASIS, as code scanning
 * reads it.
 */
import { pathToFileURL } from "node:url";
import packageJson from "../../../package.json" with { type: "json" };
import { DEFAULT_SEVERITIES, VALIDATION_RULES } from "../../project/index.ts";
import { pathFrom, repositoryOf } from "./problem-place.ts";
import type { ValidateReport } from "./render-validate.ts";

const ROOT = "SRCROOT";

export function renderSarif({ root, problems }: ValidateReport): string {
  const top = repositoryOf(root);
  const ids = [...new Set([...VALIDATION_RULES, ...problems.map(({ code }) => code)])];
  const defaults: Readonly<Record<string, string>> = DEFAULT_SEVERITIES;
  const rules = ids.map((id) => ({
    id,
    defaultConfiguration: { level: defaults[id] === "warning" ? "warning" : "error" },
  }));
  const results = problems.map(({ severity, code, path, line, message }) => {
    const file = pathFrom(top, root, path);
    const text = file === undefined && path !== null ? `${path}: ${message}` : message;
    return {
      ruleId: code,
      ruleIndex: ids.indexOf(code),
      level: severity,
      message: { text: text.toWellFormed() },
      locations: file === undefined ? [] : [locationOf(file, line)],
      // The line moves with every edit above it, the problem does not.
      partialFingerprints: { "problem/v1": fingerprint([code, path ?? "", message]) },
    };
  });
  const sarif = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "amalfa", version: packageJson.version, rules } },
        originalUriBaseIds: { [ROOT]: { uri: `${pathToFileURL(top).href.replace(/\/$/, "")}/` } },
        columnKind: "utf16CodeUnits",
        results,
      },
    ],
  };
  return JSON.stringify(sarif, undefined, 2);
}

function locationOf(file: string, line: number | null) {
  const uri = file
    .split("/")
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join("/");
  const artifactLocation = { uri, uriBaseId: ROOT };
  return {
    physicalLocation: { artifactLocation, ...(line === null ? {} : { region: { startLine: line } }) },
  };
}

function fingerprint(parts: readonly string[]): string {
  return new Bun.CryptoHasher("sha256").update(parts.join("\0")).digest("hex").slice(0, 32);
}
