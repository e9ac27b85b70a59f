/** `model.files`: the configured model is present, and its files have the digests that the catalogue names. */
import { locateModel, verifyModel } from "../../../embedding/model/index.ts";
import { findModel } from "../../../project/index.ts";
import { AmalfaError } from "../../../system/index.ts";
import { blocked, type Check, type CheckOutcome, healthy, outcomeOf } from "../check.ts";

export const modelFiles: Check = {
  id: "model.files",
  title: "the model's files are present and whole",
  group: "configuration",
  lane: "model",
  fix: undefined,
  async run({ project, deep }): Promise<CheckOutcome> {
    const model = findModel(project.settings.model);
    if (model === undefined) return blocked("the settings name no model that amalfa knows", "config.valid");
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
            commands: [],
            first:
              "the model's files are not as they should be: install amalfa again (`npm install -g amalfa`), " +
              "then run amalfa doctor again",
          },
        ],
        "",
      );
    }
  },
};
