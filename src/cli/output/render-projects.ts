/** The projects of a user, for people. */
import type { RegisteredProject } from "../../project/index.ts";
import { escaped, oneLine } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { styleFor, type Terminal } from "./terminal.ts";

/** The result of `projects list`. */
export interface ProjectsList {
  readonly ok: true;
  readonly projects: readonly (RegisteredProject & { readonly graph: boolean })[];
  readonly registry: "on" | "off";
}

/** The result of `projects add` and `projects remove`. */
export interface ProjectsChange {
  readonly ok: true;
  readonly command: "projects add" | "projects remove";
  readonly change: "added" | "renamed" | "unchanged" | "removed";
  readonly project: RegisteredProject;
}

export function renderProjects({ projects, registry }: ProjectsList, terminal: Terminal): string {
  const style = styleFor(terminal);
  const off =
    registry === "off" ? `\n${style.aside("AMALFA_REGISTRY keeps init from putting projects in.")}` : "";
  if (projects.length === 0)
    return `There are no projects.\n${style.aside("Run `amalfa init` in one, or `amalfa projects add`.")}${off}`;
  const rows = projects.map(({ name, root, graph }) => [
    oneLine(name),
    escaped(root),
    graph ? "" : "no graph yet",
  ]);
  const columns = [{ style: style.title }, { style: style.reference }, { style: style.aside }];
  return renderTable(columns, rows, Number.POSITIVE_INFINITY).join("\n") + off;
}

const DONE = {
  added: "is one of your projects now",
  renamed: "is the name of your project now",
  unchanged: "is one of your projects already",
  removed: "is no longer one of your projects",
} as const;

export function renderChange({ change, project }: ProjectsChange, terminal: Terminal): string {
  const style = styleFor(terminal);
  return `${style.title(oneLine(project.name))} ${DONE[change]}: ${style.reference(escaped(project.root))}`;
}
