/** Faults of the settings and of the sources that they name. */
import { mkdirSync } from "node:fs";
import { SETTINGS } from "../project-files.ts";
import { type Fault, faultsOf, writing } from "./fault.ts";

export const CONFIGURATION_FAULTS: readonly Fault[] = [
  ...faultsOf({ check: "config.valid", status: "error", mended: undefined }, [
    {
      name: "an unknown key in the settings",
      says: /surces: unknown key/,
      make: writing({ [SETTINGS]: '{ "surces": ["."] }' }),
    },
    {
      name: "settings that are no JSON",
      says: /not valid JSON at line 1/,
      make: writing({ [SETTINGS]: "{ sources: " }),
    },
  ]),
  ...faultsOf({ check: "config.sources", status: "error", mended: undefined }, [
    {
      name: "a source that does not exist",
      says: /"nowhere" does not exist/,
      make: writing({ [SETTINGS]: '{ "sources": [".", "nowhere"] }' }),
    },
  ]),
  ...faultsOf({ check: "config.sources", status: "warning", mended: undefined }, [
    {
      name: "a source without a document",
      says: /"empty" contains no markdown/,
      make: (project) => {
        project.write({ [SETTINGS]: '{ "sources": [".", "empty"] }' });
        mkdirSync(project.join("empty"));
      },
    },
  ]),
];
