/**
 * What the tests cover, from the LCOV file that `bun test --coverage` writes.
 *
 * Only what runs in the tests' own processes is seen: a command that a test starts is a process of its own, so that
 * of `src/cli` little shows, however well it is tested. The figures are for finding what nobody looks at; no
 * threshold fails a check.
 */

export interface FileCoverage {
  readonly file: string;
  /** Lines that could run. */
  readonly lines: number;
  readonly hit: number;
}

/** The files below `folder`, such as `src/`, in the order of their names. */
export function readLcov(lcov: string, folder: string): FileCoverage[] {
  const files = lcov.split("end_of_record").flatMap((record) => {
    const field = (name: string): string | undefined => new RegExp(`^${name}:(.*)$`, "m").exec(record)?.[1];
    const file = field("SF");
    if (file?.startsWith(folder) !== true) return [];
    return [{ file, lines: Number(field("LF") ?? 0), hit: Number(field("LH") ?? 0) }];
  });
  return files.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** The total, and a line for each file of which less than `threshold`, from 0 to 1, is covered. */
export function summarize(files: readonly FileCoverage[], threshold: number): string[] {
  const sum = (field: "lines" | "hit"): number => files.reduce((total, file) => total + file[field], 0);
  const share = ({ lines, hit }: Pick<FileCoverage, "lines" | "hit">): number =>
    lines === 0 ? 1 : hit / lines;
  const percent = (value: number): string => `${(value * 100).toFixed(1).padStart(5)} %`;
  const low = files.filter((file) => share(file) < threshold).sort((a, b) => share(a) - share(b));
  const total = { lines: sum("lines"), hit: sum("hit") };
  return [
    `${percent(share(total))}  ${total.hit} of ${total.lines} lines of ${files.length} files`,
    ...(low.length === 0 ? [] : [`below ${Math.round(threshold * 100)} %:`]),
    ...low.map((file) => `${percent(share(file))}  ${file.file}`),
  ];
}
