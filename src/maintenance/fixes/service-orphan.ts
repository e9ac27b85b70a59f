/** Fix of `service.orphan`: writes the PID file of a running service again, after proving its identity anew. */
import { adoptOrphan } from "../../services/orphans.ts";
import { type Fix, numberOf, textOf } from "./fix.ts";

export const writePid: Fix = async (target, { project }) => {
  const service = textOf(target, "service");
  if (service !== "watcher" && service !== "vector") throw new Error(`there is no service ${service}`);
  const adopted = await adoptOrphan(project.paths, service, numberOf(target, "port"));
  return adopted === "adopted" ? "written" : "it has its PID file again, or has ended";
};
