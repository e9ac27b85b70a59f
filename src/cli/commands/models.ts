/** `amalfa models`: which models there are, fetching them, taking in one's own, and choosing one. */

import { Command } from "commander";
import {
  loadAdd,
  loadCost,
  loadModels,
  loadPull,
  loadUse,
  type SwitchCost,
} from "../../maintenance/models/index.ts";
import type { Project } from "../../project/index.ts";
import { EXIT, formatDuration } from "../../system/index.ts";
import { addHelp, type CommandHelp } from "../help.ts";
import {
  type Invocation,
  interruptSignal,
  invocationOf,
  placeNamed,
  projectForModels,
  warn,
} from "../invocation.ts";
import { printerOf } from "../output/result.ts";

export function modelsCommand(): Command {
  const command = new Command("models").description(
    "models to choose from: list, fetch, add, check, use and remove them",
  );
  for (const add of [listOf, infoOf, pullOf, addOf, verifyOf, useOf, removeOf]) command.addCommand(add());
  return addHelp(command, {
    examples: ["amalfa models list", "amalfa models pull multilingual-e5-small"],
    exits: ["interrupted"],
  });
}

/** A subcommand: its name with arguments, its description, its help, its options and what it does. */
function subcommand<Flags>(
  [name, description]: readonly [string, string],
  help: CommandHelp,
  options: (command: Command) => void,
  run: (invocation: Invocation, flags: Flags, given: readonly string[]) => Promise<void>,
): Command {
  const command = new Command(name).description(description);
  options(command);
  command.action(async (...given: unknown[]) => {
    const names = given
      .slice(0, -2)
      .flat()
      .filter((each) => typeof each === "string");
    await run(invocationOf(command), command.opts() as Flags, names);
  });
  return addHelp(command, help);
}

const print = printerOf(() => import("../output/render-models.ts"));

function useOfProject({ settings, paths }: Project) {
  return { configured: settings.model, modelsDirectory: paths.models };
}

function listOf(): Command {
  return subcommand(
    ["list", "every model: those that are here, and those that can be fetched"],
    { examples: ["amalfa models list", "amalfa models list --json"] },
    () => {},
    async (invocation) => {
      const project = await projectForModels(invocation);
      const { listModels } = await loadModels();
      const result = { ok: true, command: "list" as const, ...listModels(useOfProject(project)) };
      await print(invocation, result, ({ renderModelsList }) => renderModelsList);
    },
  );
}

function infoOf(): Command {
  return subcommand(
    ["info", "one model: its files and their digests, and how it is run"],
    { examples: ["amalfa models info gte-small"] },
    (command) => command.argument("<model>", "its name, such as gte-small"),
    async (invocation, _flags, [name = ""]) => {
      const project = await projectForModels(invocation);
      const { modelDetails } = await loadModels();
      const result = { ok: true, command: "info" as const, ...modelDetails(name, useOfProject(project)) };
      await print(invocation, result, ({ renderModelInfo }) => renderModelInfo);
    },
  );
}

function pullOf(): Command {
  return subcommand<{ readonly force?: boolean }>(
    ["pull", "fetch a model from a hub, for all of your projects"],
    {
      examples: ["amalfa models pull gte-small", "amalfa models pull bge-small --force"],
      exits: ["interrupted"],
    },
    (command) =>
      command
        .argument("<model>", "its name, such as gte-small")
        .option("--force", "fetch it again, even if its files are not those that were recorded"),
    async (invocation, { force = false }, [name = ""]) => {
      const project = await projectForModels(invocation);
      const [{ pullModel, hubOf }, { downloadProgress }] = await Promise.all([
        loadPull(),
        import("../output/progress.ts"),
      ]);
      const report = await withProgress(downloadProgress(invocation, name), (onProgress) =>
        pullModel({
          name,
          hub: hubOf(process.env),
          force,
          roots: [project.root],
          signal: interruptSignal(),
          onProgress,
          onPause: (pause) =>
            warn(invocation, `the hub asks for a pause of ${formatDuration(pause)}; it goes on then`),
          onWait: waiting(invocation, name),
        }),
      );
      const result = { ok: true, command: "pull" as const, ...report };
      await print(invocation, result, ({ renderPull }) => renderPull);
    },
  );
}

/** The bar is gone before anything is printed. */
async function withProgress<T>(
  progress: Disposable & { readonly update: (received: number, total: number) => void },
  work: (onProgress: (received: number, total: number) => void) => Promise<T>,
): Promise<T> {
  using _ = progress;
  return await work(progress.update);
}

function waiting(invocation: Invocation, name: string): () => void {
  return () => warn(invocation, `another process is at work on ${name}; waiting for it`);
}

function addOf(): Command {
  return subcommand<{ readonly name?: string }>(
    ["add", "add a model from a folder: an ONNX file, tokenizer.json and a small description"],
    {
      examples: [
        "amalfa models add ~/models/my-model",
        "amalfa models add /mnt/bge --name bge-small-en-v1.5",
      ],
      exits: ["interrupted"],
    },
    (command) =>
      command
        .argument("<folder>", "the folder of its files; they are copied")
        .option("--name <name>", "what to call it; a model of the catalogue needs no description"),
    async (invocation, { name }, [folder = ""]) => {
      const { addModel } = await loadAdd();
      const report = await addModel({
        folder: placeNamed(folder),
        name,
        signal: interruptSignal(),
        onWait: waiting(invocation, name ?? folder),
      });
      const result = { ok: true, command: "add" as const, ...report };
      await print(invocation, result, ({ renderAdded }) => renderAdded);
    },
  );
}

function verifyOf(): Command {
  return subcommand(
    ["verify", "read models whole and compare their digests; exits 1 when something is wrong"],
    { examples: ["amalfa models verify", "amalfa models verify gte-small"] },
    (command) => command.argument("[model...]", "which ones; by default all that are on this machine"),
    async (invocation, _flags, names) => {
      const project = await projectForModels(invocation);
      const { verifyModels } = await loadModels();
      const models = verifyModels(names, useOfProject(project));
      // Somebody's own folders are no fault of the models, unless they were asked for by name.
      const ok = models.every(({ state }) => state === "ok" || (state === "unknown" && names.length === 0));
      await print(
        invocation,
        { ok, command: "verify" as const, models },
        ({ renderVerified }) => renderVerified,
      );
      if (!ok) process.exitCode = EXIT.failed;
    },
  );
}

function useOf(): Command {
  return subcommand<{ readonly dryRun?: boolean }>(
    ["use", "choose a model in the settings, and say what the next init will cost"],
    {
      examples: ["amalfa models use gte-small", "amalfa models use gte-small --dry-run"],
      exits: ["interrupted"],
    },
    (command) =>
      command
        .argument("<model>", "its name, such as gte-small")
        .option("--dry-run", "say what it would cost, write nothing"),
    async (invocation, { dryRun = false }, [name = ""]) => {
      const project = await projectForModels(invocation);
      const { planUse, executeUse } = await loadUse();
      const plan = planUse(project.root, name);
      const settings = { ...project.settings, model: plan.model.name, dimensions: undefined };
      const cost = await costOf({ ...project, settings }, invocation);
      if (!dryRun) executeUse(plan);
      const result = {
        ok: true,
        command: "use" as const,
        root: project.root,
        dryRun,
        model: plan.model.name,
        id: plan.model.id,
        before: plan.before,
        settingsFile: plan.action === "keep" && plan.before === null ? null : plan.file,
        action: plan.action,
        cost,
      };
      await print(invocation, result, ({ renderUse }) => renderUse);
    },
  );
}

/** Null where it cannot be told, which is no reason not to choose a model. */
async function costOf(project: Project, invocation: Invocation): Promise<SwitchCost | null> {
  const [{ switchCost }, { openEmbedder }] = await Promise.all([loadCost(), import("../../composition.ts")]);
  const signal = interruptSignal();
  try {
    await using embedder = await openEmbedder(project, { onWarning: () => {} });
    return await switchCost(project, embedder, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    warn(invocation, "the cost cannot be told now; `amalfa init --dry-run` says why");
    return null;
  }
}

function removeOf(): Command {
  return subcommand<{ readonly force?: boolean }>(
    ["remove", "delete a model from the folder that all of your projects share"],
    { examples: ["amalfa models remove gte-small"], exits: ["interrupted"] },
    (command) =>
      command.argument("<model>", "its name").option("--force", "remove it even though this project uses it"),
    async (invocation, { force = false }, [name = ""]) => {
      const project = await projectForModels(invocation);
      const [{ removeModel }, { graphModel }] = await Promise.all([loadModels(), loadCost()]);
      const report = await removeModel({
        ...useOfProject(project),
        name,
        force,
        madeBy: graphModel(project),
        signal: interruptSignal(),
        onWait: waiting(invocation, name),
      });
      const result = { ok: true, command: "remove" as const, ...report };
      await print(invocation, result, ({ renderRemoved }) => renderRemoved);
    },
  );
}
