/**
 * How the code is divided, in figures that anyone can repeat: `bun scripts/structure.ts [--json]`.
 *
 * Imports are counted as they are written, those of types included. A face is a folder's `index.ts`; an import goes
 * past it that leads from outside of a folder with a face to another file in it.
 */
import { dirname, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "../src");
const COLUMNS = 120;

interface Import {
  readonly from: string;
  readonly to: string;
  /** Whether it runs when its file is loaded, as opposed to `import()`. */
  readonly isStatic: boolean;
}

const files = new Map<string, string>();
for (const file of [...new Bun.Glob("**/*.ts").scanSync(ROOT)].sort())
  files.set(file, await Bun.file(`${ROOT}/${file}`).text());

function importsOf(from: string, text: string): Import[] {
  const written = text.matchAll(/(?:\bfrom\s+|\bimport\s*(\(?)\s*)"(\.[^"]+)"/g);
  return [...written].map(([, call = "", path = ""]) => ({
    from,
    to: relative(ROOT, resolve(ROOT, dirname(from), path)),
    isStatic: call === "",
  }));
}

const imports = [...files].flatMap(([file, text]) => importsOf(file, text)).filter(({ to }) => files.has(to));

function goesPastFace({ from, to }: Import): boolean {
  const room = dirname(to);
  if (room === "." || !files.has(`${room}/index.ts`)) return false;
  return !from.startsWith(`${room}/`) && to !== `${room}/index.ts`;
}

/** Groups of files that need one another to be loaded first (Tarjan). */
function circles(): string[][] {
  const targets = Map.groupBy(
    imports.filter(({ isStatic }) => isStatic),
    ({ from }) => from,
  );
  const place = new Map<string, { readonly at: number; low: number; waits: boolean }>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const own = { at: place.size, low: place.size, waits: true };
    place.set(file, own);
    stack.push(file);
    for (const { to } of targets.get(file) ?? []) {
      const other = place.get(to);
      if (other === undefined) own.low = Math.min(own.low, visit(to));
      else if (other.waits) own.low = Math.min(own.low, other.at);
    }
    if (own.low === own.at) {
      const group = stack.splice(stack.indexOf(file));
      for (const member of group) place.get(member)!.waits = false;
      if (group.length > 1) found.push(group);
    }
    return own.low;
  };
  for (const file of files.keys()) if (!place.has(file)) visit(file);
  return found;
}

const lengths = [...files].map(([file, text]) => ({ file, lines: text.split("\n").length - 1 }));
lengths.sort((a, b) => b.lines - a.lines);
const importers = Map.groupBy(imports, ({ to }) => to);
const alone = [...importers.values()].filter((all): all is [Import, ...Import[]] =>
  all.every(({ from }) => from === all[0]?.from),
);
const past = imports.filter(goesPastFace);
const found = circles();
const figures = {
  files: files.size,
  lines: lengths.reduce((sum, { lines }) => sum + lines, 0),
  medianLines: lengths[Math.floor(lengths.length / 2)]?.lines ?? 0,
  largest: lengths.slice(0, 3),
  folders: new Set([...files.keys()].map(dirname)).size,
  faces: [...files.keys()].filter((file) => file.endsWith("/index.ts")).length,
  filesWithOneImporter: alone.length,
  fragments: alone.filter(([{ from, isStatic }]) => isStatic && !from.endsWith("index.ts")).length,
  importsPastAFace: past.map(({ from, to }) => `${from} → ${to}`),
  circles: found,
  linesOverColumns: [...files].flatMap(([file, text]) =>
    text.split("\n").flatMap((line, at) => (line.length > COLUMNS ? [`${file}:${at + 1}`] : [])),
  ),
};

if (process.argv.includes("--json")) console.log(JSON.stringify(figures));
else {
  const count = (list: readonly unknown[]) => [
    String(list.length),
    ...list.map((each) => `  ${String(each)}`),
  ];
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["files", [`${figures.files} in ${figures.folders} folders, ${figures.faces} of them with a face`]],
    ["lines", [`${figures.lines}, of a file at the median ${figures.medianLines}`]],
    ["largest", [figures.largest.map(({ file, lines }) => `${file} ${lines}`).join(", ")]],
    [
      "files with one importer",
      [
        `${figures.filesWithOneImporter}, of them offered by no face and not loaded only when needed: ${figures.fragments}`,
      ],
    ],
    ["imports past a face", count(figures.importsPastAFace)],
    ["circles", count(figures.circles.map((group) => group.join(" ↔ ")))],
    [`lines over ${COLUMNS} columns`, count(figures.linesOverColumns)],
  ];
  for (const [name, [first = "", ...more]] of rows) console.log([`${name}: ${first}`, ...more].join("\n"));
}
