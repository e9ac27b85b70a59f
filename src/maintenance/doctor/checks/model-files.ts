/** `model.files`: the configured model is present, and its files have the digests that the catalogue names. */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { locateModel, verifyModel } from "../../../embedding/model/index.ts";
import {
  DEFAULT_MODEL_NAME,
  findModel,
  MODELS,
  type Model,
  requireModel,
  sharedModels,
} from "../../../project/index.ts";
import { AmalfaError } from "../../../system/index.ts";
import { blocked, type Check, type CheckOutcome, type Finding, healthy, outcomeOf } from "../check.ts";

/** What comes with amalfa comes again with it; everything else is fetched again. */
function mendingOf({ name, directory }: Model): Pick<Finding, "commands" | "first"> {
  if (!MODELS.some((model) => model.directory === directory)) return { commands: ["amalfa models verify"] };
  return {
    commands: [],
    first:
      `the files of the model ${name} are not as they should be: install amalfa again ` +
      "(`npm install -g amalfa`), then run `amalfa doctor` again",
  };
}

/** What helps. Nothing is fetched where somebody's own has the model's name among the models: that is refused. */
function fetchingOf(name: string, problem: string): Pick<Finding, "message" | "commands"> {
  const place = join(sharedModels() ?? "", name);
  const instead = `amalfa models use ${DEFAULT_MODEL_NAME}`;
  if (lstatSync(place, { throwIfNoEntry: false }) === undefined)
    return { message: problem, commands: [`amalfa models pull ${name}`, instead] };
  const first = `${place} is not amalfa's and is left alone: move it away to run \`amalfa models pull\`.`;
  return { message: `${problem} ${first}`, commands: [instead] };
}

/** A model of the catalogue that was never fetched is something else than one that does not exist. */
function notThere(name: string): CheckOutcome {
  try {
    requireModel(name);
  } catch (error) {
    if (!(error instanceof AmalfaError) || error.code !== "model.missing")
      return blocked("the settings name no model that amalfa knows", "config.valid");
    return outcomeOf(
      [
        {
          severity: "error",
          ...fetchingOf(name, error.message),
          why: "New text cannot be embedded without it, and a graph of it is searched by words alone.",
          subject: name,
        },
      ],
      "",
    );
  }
  return healthy(name);
}

export const modelFiles: Check = {
  id: "model.files",
  async run({ project, deep }): Promise<CheckOutcome> {
    const model = findModel(project.settings.model);
    if (model === undefined) return notThere(project.settings.model);
    try {
      const paths = locateModel(model, project.paths.models);
      // A file that was proved before and is the same by its size, times and inode is not read again; the note itself
      // is others' to write (I5).
      verifyModel(model, paths, deep ? "reading" : "looking");
      return healthy(`${model.name} in ${paths.directory}`);
    } catch (error) {
      if (!(error instanceof AmalfaError)) throw error;
      const why = `New text cannot be embedded without it. ${error.hint ?? ""}`.trim();
      return outcomeOf(
        [
          {
            severity: "error",
            message: error.message,
            why,
            subject: model.name,
            ...mendingOf(model),
          },
        ],
        "",
      );
    }
  },
};
