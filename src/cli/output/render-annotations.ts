/** What `validate` found as commands of GitHub's workflows, which shows them beside the lines of a change. */
import { pathFrom, repositoryOf } from "./problem-place.ts";
import type { ValidateReport } from "./render-validate.ts";

export function renderAnnotations({ root, problems }: ValidateReport): string {
  const top = repositoryOf(root);
  return problems
    .map(({ severity, code, path, line, message }) => {
      const file = pathFrom(top, root, path);
      const place = [
        ...(file === undefined ? [] : [`file=${property(file)}`]),
        ...(file === undefined || line === null ? [] : [`line=${line}`]),
        `title=${property(code)}`,
      ].join(",");
      return `::${severity} ${place}::${data(file === undefined && path !== null ? `${path}: ${message}` : message)}`;
    })
    .join("\n");
}

/** As GitHub's own toolkit escapes them: nothing in a name or a message can begin another command. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
