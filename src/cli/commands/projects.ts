/** `amalfa projects list|add|remove`: the projects of a user, which `search --all-projects` goes through. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import {
  findProjectRoot,
  loadProject,
  loadRegistry,
  type RegisteredProject,
  type Registration,
} from "../../project/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, startingPoint } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped, oneLine } from "../output/safe-text.ts";
import { renderTable } from "../output/table.ts";
import { styleFor, type Terminal } from "../output/terminal.ts";

export function projectsCommand(): Command {
  const command = new Command("projects").description(
    "your projects on this machine, which one search can cover",
  );
  command.addCommand(listCommand()).addCommand(addCommand()).addCommand(removeCommand());
  return addHelp(command, { examples: ["amalfa projects list", 'amalfa search --all-projects "backups"'] });
}

function listCommand(): Command {
  const command = new Command("list")
    .description("list your projects, and say which folders are not there")
    .action(async () => list(invocationOf(command)));
  return addHelp(command, { examples: ["amalfa projects list", "amalfa projects list --json"] });
}

function addCommand(): Command {
  const command = new Command("add")
    .description("add a project to the list, as `amalfa init` does by itself")
    .argument("[folder]", "the project root; else that of the working directory")
    .option("--name <name>", "its name in the list; by default the name of its folder")
    .action(async (folder: string | undefined, { name }: { name?: string }) =>
      add(folder, name, invocationOf(command)),
    );
  return addHelp(command, { examples: ["amalfa projects add", "amalfa projects add --name notes"] });
}

function removeCommand(): Command {
  const command = new Command("remove")
    .description("take a project off the list; the project itself stays as it is")
    .argument("[project]", "its name or folder; else that of the working directory")
    .action(async (wanted: string | undefined) => remove(wanted, invocationOf(command)));
  return addHelp(command, { examples: ["amalfa projects remove notes"] });
}

async function list(invocation: Invocation): Promise<void> {
  const { hasVanished, isRegistryOff, listProjects } = await loadRegistry();
  const projects = await Promise.all(
    listProjects().map(async (project) => ({
      ...project,
      graph: await hasGraph(project.root),
      ...(hasVanished(project) ? { missing: true as const } : {}),
    })),
  );
  const result: ProjectsList = { ok: true, projects, registry: isRegistryOff() ? "off" : "on" };
  await printReport(invocation, result, renderProjects);
}

/** Settings that cannot be read say no more than that. */
async function hasGraph(root: string): Promise<boolean> {
  try {
    return existsSync((await loadProject({ root, cwd: root })).paths.database);
  } catch {
    return false;
  }
}

async function add(
  folder: string | undefined,
  name: string | undefined,
  invocation: Invocation,
): Promise<void> {
  const { addProject } = await loadRegistry();
  const { project, change } = addProject(rootOf(folder, invocation), name);
  await say({ ok: true, command: "projects add", change, project }, invocation);
}

async function remove(wanted: string | undefined, invocation: Invocation): Promise<void> {
  const { removeProject } = await loadRegistry();
  const cwd = startingPoint(invocation.root);
  const places = wanted === undefined ? [rootOf(undefined, invocation)] : [wanted, resolve(cwd, wanted)];
  const project = places.map((place) => removeProject(place)).find((found) => found !== undefined);
  if (project === undefined) {
    throw new AmalfaError("projects.unknown", `None of your projects is "${wanted ?? places[0]}".`);
  }
  await say({ ok: true, command: "projects remove", change: "removed", project }, invocation);
}

function rootOf(folder: string | undefined, invocation: Invocation): string {
  return findProjectRoot({ root: folder ?? invocation.root, cwd: startingPoint(folder ?? invocation.root) });
}

async function say(
  result: Omit<ProjectsChange, "change"> & { readonly change: Registration["change"] | "removed" },
  invocation: Invocation,
): Promise<void> {
  await printReport(invocation, result, renderChange);
}

/* The projects of a user, for people. */

/** The result of `projects list`. */
interface ProjectsList {
  readonly ok: true;
  readonly projects: readonly (RegisteredProject & { readonly graph: boolean; readonly missing?: true })[];
  readonly registry: "on" | "off";
}

/** The result of `projects add` and `projects remove`. */
interface ProjectsChange {
  readonly ok: true;
  readonly command: "projects add" | "projects remove";
  readonly change: "added" | "renamed" | "unchanged" | "removed";
  readonly project: RegisteredProject;
}

function renderProjects({ projects, registry }: ProjectsList, terminal: Terminal): string {
  const style = styleFor(terminal);
  const off =
    registry === "off" ? `\n${style.aside("AMALFA_REGISTRY keeps init from putting projects in.")}` : "";
  if (projects.length === 0)
    return `There are no projects.\n${style.aside("Run `amalfa init` in one, or `amalfa projects add`.")}${off}`;
  const rows = projects.map(({ name, root, graph, missing }) => [
    oneLine(name),
    escaped(root),
    missing === true ? "its folder is not there" : graph ? "" : "no graph yet",
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

function renderChange({ change, project }: ProjectsChange, terminal: Terminal): string {
  const style = styleFor(terminal);
  return `${style.title(oneLine(project.name))} ${DONE[change]}: ${style.reference(escaped(project.root))}`;
}
