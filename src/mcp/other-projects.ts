/**
 * The other projects of the user that a server answers for, each opened when it is first asked about. Where there are
 * none, as for the bearer of a token over HTTP, naming one is refused.
 */
import { basename } from "node:path";
import { AmalfaError, startOf } from "../system/index.ts";
import type { KnownProjects, NamedRoot, ToolContext } from "./tool.ts";

interface OpenProject extends AsyncDisposable {
  readonly context: ToolContext;
}

export interface ProjectsUse {
  readonly list: () => Promise<readonly NamedRoot[]>;
  /** Throws what opening a project does. */
  readonly open: (root: string) => Promise<OpenProject>;
}

/** All of them by name, this one included. */
export const ALL_PROJECTS = "*";

export class OtherProjects implements KnownProjects, AsyncDisposable {
  readonly #use: ProjectsUse;
  readonly #open = new Map<string, Promise<OpenProject>>();

  constructor(use: ProjectsUse) {
    this.#use = use;
  }

  list(): Promise<readonly NamedRoot[]> {
    return this.#use.list();
  }

  async context(root: string): Promise<ToolContext> {
    const opening = this.#open.get(root) ?? this.#use.open(root);
    this.#open.set(root, opening);
    try {
      return (await opening).context;
    } catch (error) {
      this.#open.delete(root);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = await Promise.allSettled(this.#open.values());
    await Promise.all(
      open.map((each) => (each.status === "fulfilled" ? each.value[Symbol.asyncDispose]() : undefined)),
    );
  }
}

interface InProject {
  readonly name: string;
  readonly context: ToolContext;
}

/** The project of that name. Throws `projects.unknown`, and what opening it does. */
export async function inProject(context: ToolContext, wanted: string): Promise<InProject> {
  const known = await namesOf(context);
  const found = known.find(({ name }) => name === wanted) ?? known.find(({ root }) => root === wanted);
  if (found === undefined) {
    const names = known.map(({ name }) => name).join(", ");
    throw new AmalfaError("projects.unknown", `There is no project "${startOf(wanted, 100)}" here.`, {
      hint: `The projects are ${names}.`,
    });
  }
  return { name: found.name, context: await contextAt(context, found.root) };
}

export function contextAt(context: ToolContext, root: string): Promise<ToolContext> {
  if (root === context.project.root || context.projects === undefined) return Promise.resolve(context);
  return context.projects.context(root);
}

/** Those of the user's list, and this one, which need not be in it. */
export async function namesOf({ project, projects }: ToolContext): Promise<readonly NamedRoot[]> {
  const listed = (await projects?.list()) ?? [];
  if (listed.some(({ root }) => root === project.root)) return listed;
  return [{ name: basename(project.root), root: project.root }, ...listed];
}
