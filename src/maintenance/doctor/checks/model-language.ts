/**
 * `model.language`: the model was made for the language of the notes. One that was made for English finds little by
 * meaning in others, and nothing says so: searches by words go on working.
 */
import type { Database } from "bun:sqlite";
import { allFields } from "../../../graph/index.ts";
import { describeModel, readModelRecord } from "../../../project/index.ts";
import { blocked, type Check, type CheckOutcome, healthy, outcomeOf, withGraph } from "../check.ts";

/** Fewer documents than these say nothing of a vault. */
const LEAST_DOCUMENTS = 3;
/** In letters that English is written in, too, and too short to tell. */
const UNTOLD = "und-latn";
/** What fits any language. */
const MULTILINGUAL = "multilingual-e5-small";

export const modelLanguage: Check = {
  id: "model.language",
  async run(context): Promise<CheckOutcome> {
    return withGraph(context, (db) => {
      const { told, foreign, commonest } = languagesOf(db);
      const model = describeModel(context.project.settings.model);
      if (model === undefined) return blocked("the settings name no model that amalfa knows", "config.valid");
      if (model.languages === "many") return healthy(`${model.name} is for many languages`);
      const isMostlyForeign = foreign >= LEAST_DOCUMENTS && 2 * foreign > told;
      if (!isMostlyForeign)
        return healthy(`${model.name} is for English, and the notes are not mostly in another language`);
      const pull = readModelRecord(MULTILINGUAL) === undefined ? [`amalfa models pull ${MULTILINGUAL}`] : [];
      return outcomeOf(
        [
          {
            severity: "warning",
            message:
              `${foreign} of ${told} documents whose language can be told are not English ` +
              `(most of them: ${commonest}), and the model ${model.name} is for English.`,
            why: "Searches by words work in any language; by meaning that model finds little in others.",
            subject: model.name,
            commands: [...pull, `amalfa models use ${MULTILINGUAL}`, "amalfa init"],
          },
        ],
        "",
      );
    });
  },
};

/** As the documents say it, or as it was told from their text when they were read. */
function languagesOf(db: Database): { told: number; foreign: number; commonest: string } {
  const rows = db
    .query(
      `SELECT CASE WHEN tag LIKE 'und%' THEN tag ELSE substr(tag, 1, 2) END AS language, count(*)
       FROM (SELECT lower(json_extract(fields, '$.lang[0]')) AS tag
             FROM (${allFields(db)}) WHERE instr(fields, '"lang"') AND json_valid(fields))
       WHERE tag IS NOT NULL AND tag <> '${UNTOLD}' GROUP BY language ORDER BY count(*) DESC, language`,
    )
    .values() as [string, number][];
  const others = rows.filter(([language]) => language !== "en");
  const sum = (counted: typeof rows) => counted.reduce((total, [, count]) => total + count, 0);
  return { told: sum(rows), foreign: sum(others), commonest: others[0]?.[0] ?? "" };
}
