/** Whoever reads a finding of the doctor has to learn what to do: its last line may say no more than "do what it says". */
import type { DoctorReport, ReportedFinding } from "../../src/maintenance/doctor/doctor.ts";

const VERBS =
  "ask|bring|choose|continue|correct|end|free|give|have|install|let|look|make|mend|move|pull|put|read|remove|rename|" +
  "replace|run|save|set|upgrade|wait|write";
/** A verb at the beginning of a sentence or of what is offered beside another way. */
const ADVICE = new RegExp(`(?:^|[.:;?] |\\bor )(?:${VERBS})\\b`, "i");

/** Throws when a document of the doctor has a finding with neither a fix, nor a command, nor a sentence of advice. */
export function expectAdvice({ checks }: Pick<DoctorReport, "checks">): void {
  const silent = checks.flatMap(({ id, findings }) =>
    findings
      .filter((finding) => !saysWhatToDo(finding))
      .map(({ message, why }) => `  ${id}: ${message} ${why}`),
  );
  if (silent.length > 0)
    throw new Error(`No advice is given for what the doctor finds:\n${silent.join("\n")}`);
}

function saysWhatToDo({ fixed, fixable, commands, first, message, why }: ReportedFinding): boolean {
  return fixed || fixable || commands.length > 0 || first !== null || ADVICE.test(`${message} ${why}`);
}
