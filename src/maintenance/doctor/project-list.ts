/** The list of the user's projects where it cannot be read: it is of no project, and each says so. */
import { loadRegistry } from "../../project/index.ts";
import type { Finding } from "./check.ts";

/** Nothing where the user stays out of the list: then nobody reads it. */
export async function projectListFindings(): Promise<Finding[]> {
  const { faultOfList, fileOfList, isRegistryOff } = await loadRegistry();
  const fault = isRegistryOff() ? undefined : faultOfList();
  if (fault === undefined) return [];
  return [
    {
      severity: "warning",
      message: fault.message,
      why:
        "`amalfa search --all-projects` and `amalfa projects` fail, and `amalfa init` puts no project in, so that " +
        `none is lost. ${fault.advice}`,
      subject: fileOfList(),
      fix: fault.isDamaged
        ? { action: "set it aside, in its folder", target: { path: fileOfList(), move: "within its folder" } }
        : undefined,
      commands: [],
    },
  ];
}

/** Throws `projects.unwritable`. */
export async function setProjectListAside(): Promise<string> {
  const { setListAside } = await loadRegistry();
  const place = setListAside();
  return place === undefined ? "in order already" : `moved to ${place}`;
}
