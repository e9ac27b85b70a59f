/** Models, for people. */
import type {
  AddReport,
  ModelDetails,
  ModelsReport,
  PulledFile,
  PullReport,
  RemoveReport,
  SwitchCost,
  VerifiedModel,
} from "../../maintenance/models/index.ts";
import { formatBytes, formatCount, formatDuration, formatModel, formatNumberOf } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { styleFor, type Terminal } from "./terminal.ts";

const STATES = {
  bundled: "comes with amalfa",
  installed: "here",
  added: "here, added",
  available: "can be pulled",
};

export function renderModelsList({ models, folder }: ModelsReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const rows = models.map((model) => [
    model.configured ? "*" : "",
    escaped(model.name),
    STATES[model.state],
    model.languages === "many" ? "many languages" : "English",
    `${model.maxTokens} tokens`,
    `${model.dimensions} dimensions`,
    `${model.state === "available" ? "about " : ""}${formatBytes(model.bytes)}`,
  ]);
  const columns = [
    { style: style.good },
    { style: style.reference },
    {},
    {},
    { align: "right" as const },
    { align: "right" as const },
    { align: "right" as const, style: style.aside },
  ];
  const fetched = models.filter(({ state }) => state === "installed" || state === "added").length;
  const place =
    folder === null || fetched === 0
      ? ""
      : style.aside(`, ${formatCount(fetched)} of them in ${escaped(folder)}`);
  return [
    `${style.title(formatNumberOf(models.length, "model"))}${place}`,
    ...renderTable(columns, rows, Number.POSITIVE_INFINITY).map((line) => `  ${line}`),
    style.aside("* in the settings. `amalfa models use <model>` chooses one."),
  ].join("\n");
}

export function renderModelInfo(model: ModelDetails, terminal: Terminal): string {
  const style = styleFor(terminal);
  const { query, passage } = model.prefixes;
  const rows = [
    ["state", STATES[model.state] + (model.configured ? ", in the settings" : "")],
    ["for", model.use === null ? "" : `${escaped(model.use)}`],
    ["languages", model.languages === "many" ? "many" : "English"],
    ["passages", `up to ${model.maxTokens} tokens`],
    [
      "vectors",
      `${model.dimensions} dimensions, ${model.pooling} of the tokens, ${model.quantisation} weights`,
    ],
    ["before a query", query === "" ? "" : JSON.stringify(query)],
    ["before a passage", passage === "" ? "" : JSON.stringify(passage)],
    ["also called", model.aliases.join(", ")],
    ["licence", model.licence ?? ""],
    ["from", escaped(model.source)],
    ["files", `${formatBytes(model.bytes)}${model.folder === null ? "" : ` in ${escaped(model.folder)}`}`],
    ["id", model.id ?? "known once its files are here"],
  ].filter(([, value]) => value !== "");
  const files = model.files.map(({ path, sha256, pinned }) => [
    path,
    sha256 ?? "recorded when it is pulled",
    sha256 === null ? "" : pinned ? "known to amalfa" : "recorded",
  ]);
  return [
    style.title(escaped(model.name)),
    ...renderTable([{ style: style.aside }, {}], rows, Number.POSITIVE_INFINITY).map((line) => `  ${line}`),
    ...renderTable(
      [{ style: style.reference }, {}, { style: style.aside }],
      files,
      Number.POSITIVE_INFINITY,
    ).map((line) => `  ${line}`),
  ].join("\n");
}

const DIGESTS = {
  pinned: "as amalfa knows it",
  announced: "as the hub said",
  recorded: "as it was recorded",
  "first seen": "recorded now, for the first time",
};

function fileLines(files: readonly PulledFile[], terminal: Terminal): string[] {
  const style = styleFor(terminal);
  const rows = files.map(({ path, bytes, sha256, digest }) => [
    path,
    formatBytes(bytes),
    sha256,
    DIGESTS[digest],
  ]);
  const columns = [{ style: style.reference }, { align: "right" as const }, {}, { style: style.aside }];
  return renderTable(columns, rows, Number.POSITIVE_INFINITY).map((line) => `  ${line}`);
}

const PULLED = {
  pulled: "is here now",
  adopted: "is here now, taken over from an earlier version",
  present: "is here already",
  bundled: "comes with amalfa, there is nothing to fetch",
};

export function renderPull({ name, state, folder, source, files }: PullReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const place = folder === null ? "" : ` ${style.aside(`in ${escaped(folder)}, from ${escaped(source)}`)}`;
  const next = state === "pulled" || state === "adopted" ? [useHint(name, terminal)] : [];
  return [
    `${style.good(`${escaped(name)} ${PULLED[state]}`)}${place}`,
    ...fileLines(files, terminal),
    ...next,
  ].join("\n");
}

function useHint(name: string, terminal: Terminal): string {
  return styleFor(terminal).aside(`  \`amalfa models use ${escaped(name)}\` chooses it for a project.`);
}

export function renderAdded({ name, folder, source, files }: AddReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  return [
    `${style.good(`${escaped(name)} is here now`)} ${style.aside(`in ${escaped(folder)}, from ${escaped(source)}`)}`,
    ...fileLines(files, terminal),
    useHint(name, terminal),
  ].join("\n");
}

const VERIFIED = { ok: "good", damaged: "bad", missing: "bad", unknown: "aside" } as const;

export function renderVerified(
  { models }: { readonly models: readonly VerifiedModel[] },
  terminal: Terminal,
): string {
  const style = styleFor(terminal);
  return models
    .flatMap(({ name, folder, state, problem, command }) => [
      `${style[VERIFIED[state]](state)}  ${escaped(name)} ${style.aside(escaped(folder))}`,
      ...(problem === null ? [] : [`    ${escaped(problem)}`]),
      ...(command === null ? [] : [`    ${style.reference(escaped(command))}`]),
    ])
    .join("\n");
}

export interface UseShown {
  readonly model: string;
  readonly before: string | null;
  readonly settingsFile: string | null;
  readonly action: "create" | "change" | "keep";
  readonly dryRun: boolean;
  readonly cost: SwitchCost | null;
}

export function renderUse(
  { model, settingsFile, action, dryRun, cost }: UseShown,
  terminal: Terminal,
): string {
  const style = styleFor(terminal);
  const file = settingsFile === null ? "the settings" : escaped(settingsFile);
  const head =
    action === "keep"
      ? `${escaped(model)} is chosen already`
      : `${escaped(model)} ${dryRun ? "would be" : "is"} chosen in ${file}`;
  const isCurrent = cost !== null && cost.from === cost.to && cost.misses === 0;
  return [
    style.good(head),
    ...(cost === null ? [] : [`  ${costLine(cost)}`]),
    ...(dryRun || isCurrent ? [] : [style.aside("  Run `amalfa init` to bring the graph over.")]),
  ].join("\n");
}

/** What moving to a model costs, as one sentence. */
export function costLine({ from, to, documents, texts, hits, misses, seconds }: SwitchCost): string {
  if (from === to && misses === 0) return "The graph is of that model already: nothing is to be computed.";
  const passages = `${formatNumberOf(texts, "passage")} of ${formatNumberOf(documents, "document")}`;
  if (misses === 0) return `${passages}: all vectors are in the cache, nothing is to be computed.`;
  const time = seconds === null || seconds === 0 ? "" : `, about ${formatDuration(seconds * 1000)} here`;
  const cached = hits === 0 ? "" : `, ${formatCount(hits)} are in the cache`;
  return `${passages}: ${formatNumberOf(misses, "vector")} to be computed by ${formatModel(to)}${time}${cached}.`;
}

export function renderRemoved({ name, folder, bytes }: RemoveReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  return `${style.good(`${escaped(name)} is deleted`)} ${style.aside(`${formatBytes(bytes)} in ${escaped(folder)}`)}`;
}
