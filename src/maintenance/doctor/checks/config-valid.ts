/** `config.valid`: the settings file parses and validates. It is read before all checks, which go by what it says. */
import { type Check, type CheckOutcome, outcomeOf } from "../check.ts";

export const configValid: Check = {
  id: "config.valid",
  title: "the settings are valid",
  group: "configuration",
  lane: "folders",
  fix: undefined,
  async run({ input }): Promise<CheckOutcome> {
    const { settingsFile, warnings, root } = input.project;
    const file = settingsFile ?? root;
    const findings = input.settingsProblems.map(({ key, message }) => ({
      severity: "error" as const,
      message: key === "" ? `${file}: ${message}.` : `${file}: ${key}: ${message}.`,
      why: "Commands refuse to run until it is corrected; the other checks go by the default settings where they can.",
      subject: key === "" ? file : key,
      commands: [],
    }));
    const remarks = warnings.map((warning) => ({
      severity: "warning" as const,
      message: warning,
      why: "The command goes on with another value than the one in the file.",
      subject: file,
      commands: [],
    }));
    const fine =
      settingsFile === undefined
        ? "there is no settings file; the defaults hold"
        : `${settingsFile} is valid`;
    return outcomeOf([...findings, ...remarks], fine);
  },
};
