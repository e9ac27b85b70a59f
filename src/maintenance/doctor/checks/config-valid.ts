/** `config.valid`: the settings file parses and validates. It is read before all checks, which go by what it says. */
import { walkBudgetMs } from "../../../project/index.ts";
import { AmalfaError } from "../../../system/index.ts";
import { type Check, type CheckOutcome, type Finding, outcomeOf } from "../check.ts";

export const configValid: Check = {
  id: "config.valid",
  async run({ input }): Promise<CheckOutcome> {
    const { settingsFile, warnings, root } = input.project;
    const file = settingsFile ?? root;
    const findings = input.settingsProblems.map(({ key, message, first, commands = [] }) => ({
      severity: "error" as const,
      message: describe(file, key, message),
      why:
        commands.length === 0
          ? "Correct it: commands refuse to run until then, and the other checks go by the defaults where they can."
          : "A program can do whatever you can. Read it before you let it run; until then commands " +
            "refuse to, and the other checks go by the default settings. Settings in JSON need no " +
            "consent.",
      subject: key === "" ? file : key,
      commands,
      first,
    }));
    const remarks = warnings.map((warning) => ({
      severity: "warning" as const,
      message: warning,
      why: "Commands do not use the value in the file, but another one.",
      subject: file,
      commands: [],
    }));
    const fine =
      settingsFile === undefined
        ? "there is no settings file; the defaults hold"
        : `${settingsFile} is valid`;
    return outcomeOf([...findings, ...remarks, ...faultOfWalk()], fine);
  },
};

/** A message that is a sentence of its own names the file already. */
function describe(file: string, key: string, message: string): string {
  if (message.startsWith(file)) return message;
  const said = /[.?!]$/.test(message) ? message : `${message}.`;
  return key === "" ? `${file}: ${said}` : `${file}: ${key}: ${said}`;
}

/** What the environment says is nowhere in the file, and stops every answer all the same. */
function faultOfWalk(): Finding[] {
  try {
    walkBudgetMs(process.env);
    return [];
  } catch (error) {
    if (!(error instanceof AmalfaError)) throw error;
    return [
      {
        severity: "error",
        message: error.message,
        why: `No search is answered, and no server starts, until it is corrected. ${error.hint}`,
        subject: "AMALFA_WALK_MS",
        commands: [],
        first: "correct the variable AMALFA_WALK_MS, or unset it, then run `amalfa doctor` again",
      },
    ];
  }
}
