/**
 * Tables of numbers: every number stays in a passage, and hardly any of them is embedded.
 */
import { describe, expect, test } from "bun:test";
import { chunkDocument } from "../../../src/ingest/chunking/chunk.ts";
import { embedText } from "../../../src/ingest/chunking/embed-text.ts";
import { type NumberRun, numberRuns, withoutNumbers } from "../../../src/ingest/chunking/numbers.ts";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";
import { seeded } from "../../helpers/random.ts";

const random = seeded(11);
const number = (digits = 2): string => (random.between(0, 999_999) / 10 ** digits).toFixed(digits);
const rows = (count: number, row: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => row(at)).join("\n");
const fence = (body: string): string => `\`\`\`\n${body}\n\`\`\``;

/** As costly as a tokenizer can be: each digit and each sign is a token. */
const tokenizer = {
  count: (text: string) => text.match(/\p{L}+|\p{N}|[^\s\p{L}\p{N}]/gu)?.length ?? 0,
  addsUp: false,
};
const WINDOW = 256;
const chunksOf = (text: string) => chunkDocument(parseDocument(text), tokenizer, WINDOW);

const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
const signs = (count: number, of: string): string =>
  Array.from({ length: count }, () => of[random.between(0, of.length - 1)]).join("");

const TABLES: [string, string][] = [
  [
    "a table",
    `| run | mass | speed |\n|---|---|---|\n${rows(300, (at) => `| ${at} | ${number()} | ${number(3)} |`)}`,
  ],
  [
    "a table of HTML",
    `<table>\n${rows(300, (at) => `<tr><td>${at}</td><td>${number()}</td></tr>`)}\n</table>`,
  ],
  ["rows of one thing", `| sensor | mass |\n|---|---|\n${rows(300, () => `| sensor-a | ${number()} |`)}`],
  ["days by their months", rows(365, (at) => `| ${1 + (at % 28)} ${MONTHS[at % 12]} 2024 | ${number()} |`)],
  [
    "values by commas",
    `time,a,b\n${rows(400, (at) => `2024-01-02T10:${10 + (at % 50)}:00Z,${number()},${number(5)}`)}`,
  ],
  ["floats and what is none", fence(rows(300, () => `${number(4)}e-05 nan -${number(4)}e+07`))],
  [
    "an array that a notebook shows",
    fence(`array([[\n${rows(200, () => `  [${number()}, ${number()}, ${number()}],`)}\n]])`),
  ],
  ["a column", rows(1_500, () => number())],
  ["a line", rows(3_000, () => number()).replaceAll("\n", " ")],
  ["a list", rows(300, () => `- ${number()}: ${number()}`)],
  ["bytes", fence(rows(200, () => signs(32, "0123456789abcdef").replace(/../g, "$& ")))],
  ["a code for a camera", fence(rows(60, () => signs(60, "█ ")))],
  ["a drawing of signs", fence(rows(80, () => signs(70, "#*+-. @%")))],
  [
    "a log that says one thing",
    fence(rows(300, (at) => `2024-01-05 10:00:${10 + (at % 50)} INFO request served in ${at} ms`)),
  ],
];

describe("a table of numbers", () => {
  test.each(TABLES)("%s is a few passages, all of it is there, and little is embedded", (_, table) => {
    const text = `# Report\n\nBefore it stands this.\n\n${table}\n\nThe result was good.\n`;
    const chunks = chunksOf(text);
    expect(chunks.length).toBeLessThanOrEqual(5);
    expect(
      chunks
        .map((chunk) => chunk.text)
        .join("")
        .replace(/\s/g, ""),
    ).toBe(text.replace(/\s/g, ""));
    for (const chunk of chunks) expect(tokenizer.count(embedText(chunk))).toBeLessThanOrEqual(WINDOW - 2);
    const embedded = chunks.map(embedText).join("\n");
    expect(embedded).toContain("characters of numbers left out");
    expect(embedded.length).toBeLessThan(400 * chunks.length);
    for (const words of ["Before it stands this.", "The result was good."]) expect(embedded).toContain(words);
  });

  test("a changed number is another key, wherever it stands", () => {
    const text = rows(300, (at) => `${at} 1.5 2.5`);
    const changed = text.replace("217 1.5", "217 1.6");
    expect(withoutNumbers(changed)).not.toBe(withoutNumbers(text));
  });

  test("what is told of a passage is told of it alone, in whatever document it stands", () => {
    const table = TABLES[0]![1];
    const [first] = chunksOf(table);
    expect(withoutNumbers(first!.text)).toBe(embedText({ context: "", text: first!.text }));
  });
});

test.each([
  ["a short table", `| a | b |\n|---|---|\n${rows(20, () => `| ${number()} | ${number()} |`)}`],
  [
    "rows with names of their own",
    rows(100, (at) => `| ${signs(9, "bcdfghklmnpq")}ville | ${number()} | ${at} |`),
  ],
  [
    "prose with many numbers",
    rows(100, (at) => `In ${1900 + at} there were ${number(0)} ${signs(8, "bdghklmn")} of them.`),
  ],
  ["prose", "The quick brown fox jumps over the lazy dog, and so on. ".repeat(80)],
  ["prose without Latin letters", "Съешь же ещё этих мягких французских булок. ".repeat(60)],
  ["code", rows(100, (at) => `const value${at} = read${signs(6, "bdghklmn")}(${at}, { retries: 3 });`)],
  ["a list of links", rows(100, (at) => `- [${signs(8, "bdghklmn")}](notes/${at}.md)`)],
])("%s is embedded as it is", (_, text) => {
  expect(numberRuns(text)).toEqual([]);
  expect(withoutNumbers(text)).toBe(text);
});

test("takes linear time", () => {
  const started = process.cpuUsage();
  withoutNumbers(rows(200_000, () => "1 2 3"));
  withoutNumbers("1 ".repeat(1_000_000));
  withoutNumbers(rows(100_000, (at) => `word${at} 1`));
  for (const part of ["a", "a-", "a b=", "A B C ", "a, ", "猫a", "a  ", "é'"])
    withoutNumbers(`h1:${"a".repeat(30)}\n${part.repeat(200_000)}`);
  chunksOf(rows(20_000, () => "1.5,2.5"));
  // Quadratic work on any of these takes minutes.
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(30_000);
});

describe("a lock file", () => {
  const base64 = (bytes: number): string =>
    Buffer.from(Array.from({ length: bytes }, () => random.between(0, 255))).toString("base64");
  const hex = (digits: number): string => signs(digits, "0123456789abcdef");
  const LOCKS: [string, string][] = [
    [
      "of npm",
      rows(
        120,
        (at) =>
          `    "node_modules/name${at}": {\n      "version": "1.${at}.0",\n      "resolved": "https://registry.example/name${at}.tgz",\n` +
          `      "integrity": "sha512-${base64(64)}",\n      "dev": true\n    },`,
      ),
    ],
    [
      "of pnpm",
      rows(120, (at) => `  /name${at}@1.${at}.0:\n    resolution: {integrity: sha512-${base64(64)}}\n`),
    ],
    ["of Cargo", rows(120, (at) => `[[package]]\nname = "name${at}"\nchecksum = "${hex(64)}"\n`)],
    ["of Go", rows(120, (at) => `example.org/name${at} v1.${at}.0 h1:${base64(32)}`)],
    ["of pip", rows(120, (at) => `name${at}==1.${at}.0 \\\n    --hash=sha256:${hex(64)}`)],
    [
      "of npm, with licences and engines",
      rows(
        120,
        (at) =>
          `    "node_modules/@a/name-${at}": {\n      "version": "1.${at}.0",\n      "integrity": "sha512-${base64(64)}",\n` +
          `      "license": "(MIT OR BSD-2-Clause OR Apache-2.0)",\n      "engines": {\n        "node": ">= 6 || ^8"\n      }\n    },`,
      ),
    ],
    [
      "of Yarn",
      rows(
        120,
        (at) =>
          `"name${at}@npm:^1.0":\n  version: 1.${at}.0\n  dependencies:\n    is-plain-object: ^1.0.0\n  checksum: 10c0/${hex(128)}\n` +
          "  languageName: node\n  linkType: hard\n",
      ),
    ],
    [
      "of Poetry",
      rows(
        120,
        (at) =>
          `[[package]]\nname = "name${at}"\noptional = false\npython-versions = ">=3.6"\ngroups = ["main", "dev"]\n` +
          `markers = "python_version not in '3.0' and os_name == 'nt'"\nfiles = [\n    {file = "n${at}.whl", hash = "sha256:${hex(64)}"},\n]\n`,
      ),
    ],
    [
      "of Mix",
      rows(
        120,
        (at) =>
          `  "n${at}": {:hex, :n${at}, "1.0.${at}", "${hex(64)}", [:mix], [{:b, "~> 1.0", [hex: :b, repo: "hexpm", optional: false]}], "hexpm", "${hex(64)}"},`,
      ),
    ],
    ["of checksums", rows(120, (at) => `${hex(64)}  name${at}-1.${at}.0.tar.gz`)],
  ];

  test.each(LOCKS)("%s is few passages, each whole in its text and short as it is embedded", (_, lock) => {
    const chunks = chunksOf(`# Lock\n\nBefore it stands this.\n\n${fence(lock)}\n\nAfter it stands that.\n`);
    expect(chunks.length).toBeLessThanOrEqual(Math.ceil(lock.length / 2_000) + 1);
    const text = chunks.map((chunk) => chunk.text).join("\n");
    for (const line of lock.split("\n")) expect(text).toContain(line.trim());
    for (const chunk of chunks) expect(tokenizer.count(embedText(chunk))).toBeLessThanOrEqual(WINDOW - 2);
    const embedded = chunks.map(embedText).join("\n");
    expect(embedded.length).toBeLessThan(400 * chunks.length);
    for (const words of ["Before it stands this.", "After it stands that."])
      expect(embedded).toContain(words);
  });

  const digestRuns = (text: string): NumberRun[] => numberRuns(text).filter((run) => run.of === "digests");

  test("is none where somebody says something of each digest, or names a few", () => {
    const said = rows(
      20,
      () => `We take the release of that week, because it was the last one.\n\nsha256:${hex(64)}\n`,
    );
    expect(withoutNumbers(said)).toBe(said);
    const few = `${"A sentence with a few words in it, as notes have them. ".repeat(30)}\n\n${hex(64)}\n${hex(64)}\n`;
    expect(withoutNumbers(few)).toBe(few);
    const commits = rows(
      60,
      (at) => `- mend the roof of house ${at} ([${hex(7)}](https://example.org/commit/${hex(40)}))`,
    );
    expect(digestRuns(commits)).toEqual([]);
  });

  const SAID = [
    "OK, up in a day.",
    "I fed a sick cat a pill.",
    "Die Katze schläft.",
    "Über Öl redet Änne nicht.",
    "Починили насос в колодце.",
    "猫が病気になった。",
    "修好了水泵。",
    "แมวป่วยเมื่อวาน",
    "고양이가 어제 아팠다.",
    "القطة مريضة اليوم",
    "Don't e-mail me.",
  ];

  test.each(SAID)("is none where something is said in a table, a list or between digests: %s", (words) => {
    const digests = (at: number): string => `| v${at} | ${hex(64)} | |`;
    const table = `${rows(20, digests)}\n| v20 | ${hex(64)} | ${words} |\n${rows(20, digests)}`;
    expect(withoutNumbers(table)).toContain(words);
    const list = rows(20, (at) => `- v${at} ${hex(64)} ${words}`);
    expect(digestRuns(list)).toEqual([]);
    const between = rows(20, () => `Backup ${hex(64)}\n\n${words}\n`);
    expect(digestRuns(between)).toEqual([]);
  });
});
