import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createProgress, writeAboveProgress } from "../../../src/cli/output/progress.ts";
import { until } from "../../helpers/until.ts";

const folder = mkdtempSync(join(tmpdir(), "amalfa-progress-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function capture(): { written: string[]; write: (text: string) => void } {
  const written: string[] = [];
  return { written, write: (text) => void written.push(text) };
}

const often = { firstAfter: 1, every: 1 };

/**
 * Waits until a display that is begun now has written: one that was begun before, and is not stopped, has had its
 * turn.
 */
async function anotherHasWritten(): Promise<void> {
  const stderr = capture();
  using progress = createProgress({ stderr, quiet: false, json: false, plainLines: often });
  progress.phase("another");
  await until(() => stderr.written.length > 1);
}

const work = { done: 430, total: 1_000, computed: 12, hits: 1_200 };

describe("without a terminal", () => {
  test("plain lines tell the phase and how much of it is done", async () => {
    const stderr = capture();
    using progress = createProgress({ stderr, quiet: false, json: false, plainLines: often });
    progress.phase("looking for documents");
    await until(() => stderr.written.length > 0);
    expect(stderr.written[0]).toBe("amalfa: looking for documents\n");
    progress.phase("reading and embedding");
    progress.update(work);
    await until(() => stderr.written.some((line) => line.includes("43 %")));
    expect(stderr.written.at(-1)).toBe("amalfa: reading and embedding, 43 %, 1,200 from the cache\n");
  });

  test("nothing comes after stop, nor for work that is soon done", async () => {
    const stderr = capture();
    const progress = createProgress({ stderr, quiet: false, json: false, plainLines: often });
    progress.phase("linking");
    await until(() => stderr.written.length > 0);
    progress.stop();
    const before = stderr.written.length;
    await anotherHasWritten();
    expect(stderr.written).toHaveLength(before);
    const quick = capture();
    using short = createProgress({ stderr: quick, quiet: false, json: false });
    short.phase("linking");
    short.stop();
    expect(quick.written).toEqual([]);
  });

  test("the remaining time is told while there is some, and by what was computed: hits are free", async () => {
    const stderr = capture();
    using progress = createProgress({ stderr, quiet: false, json: false, plainLines: often });
    progress.phase("reading and embedding");
    await until(() => stderr.written.length > 0);
    const hits = 500_000;
    let computed = 0;
    await until(() => {
      progress.update({ done: hits + computed, total: 1_000_000, computed: computed++, hits });
      return stderr.written.some((line) => line.endsWith(" left\n"));
    });
    // Some sixty a second at the most, so hours; counted with the hits it would be seconds.
    expect(stderr.written.at(-1)).toMatch(
      /, [\d.,]+ texts\/s, 500,000 from the cache, \d+ (h|min) .*left\n$/,
    );
    const before = stderr.written.length;
    progress.update({ done: 1_000_000, total: 1_000_000, computed, hits });
    await until(() => stderr.written.slice(before).some((line) => line.includes("100 %")));
    expect(stderr.written.find((line) => line.includes("100 %"))).not.toContain("left");
  });

  test("messages are lines of their own", () => {
    const stderr = capture();
    using _progress = createProgress({ stderr, quiet: false, json: false });
    writeAboveProgress(stderr, "amalfa: careful");
    expect(stderr.written).toEqual(["amalfa: careful\n"]);
  });
});

test("with --quiet there is nothing at all", async () => {
  const stderr = capture();
  using progress = createProgress({ stderr, quiet: true, json: false, plainLines: often });
  progress.phase("linking");
  progress.update(work);
  await anotherHasWritten();
  expect(stderr.written).toEqual([]);
});

let count = 0;

/**
 * Runs the program in a pseudo-terminal until it ends, and answers everything that was written. The program stops at
 * each of its gates until the text for that gate has appeared.
 */
async function inTerminal(options: string, cols: number, gates: readonly string[]): Promise<string> {
  const file = join(folder, `program-${++count}.ts`);
  writeFileSync(file, program(options));
  let output = "";
  const decoder = new TextDecoder();
  await using terminal = new Bun.Terminal({
    cols,
    rows: 24,
    data: (_terminal, data) => {
      output += decoder.decode(data, { stream: true });
    },
  });
  const child = Bun.spawn([process.execPath, file], { terminal });
  for (const [index, text] of gates.entries()) {
    await until(() => output.includes(text));
    writeFileSync(`${file}.gate${index}`, "");
  }
  expect(await child.exited).toBe(0);
  await until(() => output.includes("END"));
  return output;
}

function program(options: string): string {
  const module = resolve(import.meta.dir, "../../../src/cli/output/progress.ts");
  return `
    import { existsSync } from "node:fs";
    import { createProgress, writeAboveProgress } from ${JSON.stringify(module)};
    const gate = async (index: number) => {
      while (!existsSync(import.meta.path + ".gate" + index)) await Bun.sleep(5);
    };
    const progress = createProgress({ stderr: process.stderr, ${options} });
    progress.phase("reading and embedding");
    progress.update({ done: 430, total: 1000, computed: 12, hits: 1200 });
    await gate(0);
    writeAboveProgress(process.stderr, "amalfa: careful");
    await gate(1);
    progress.stop();
    progress.stop();
    console.error("END");
  `;
}

/** What a screen shows of what was written, line by line, and every state that the last line went through. */
function replay(output: string): { lines: string[]; states: string[] } {
  const lines = [""];
  const states: string[] = [];
  let column = 0;
  for (const [token] of output.matchAll(/\x1b\[[0-9;?]*[A-Za-z]|\x1b[78]|\r|\n|[^\x1b\r\n]+/g)) {
    const last = lines.length - 1;
    if (token === "\r" || token === "\x1b[1G" || token === "\x1b[0G") column = 0;
    else if (token === "\n") lines.push("");
    else if (/^\x1b\[[02]?[KJ]$/.test(token))
      lines[last] = (lines[last] ?? "").slice(0, token.includes("2") ? 0 : column);
    else if (!token.startsWith("\x1b")) {
      lines[last] =
        (lines[last] ?? "").slice(0, column).padEnd(column) +
        token +
        (lines[last] ?? "").slice(column + token.length);
      column += token.length;
      states.push(lines[last]);
    }
  }
  return { lines, states };
}

describe("on a terminal", () => {
  test("a bar is drawn, messages stand above it, and it is gone in the end", async () => {
    const output = await inTerminal("quiet: false, json: false", 100, ["43 %", "careful"]);
    const { lines, states } = replay(output);
    const bar = states.findLast((state) => state.includes("43 %"));
    expect(bar).toMatch(/^reading and embedding {2}█+░+ {2}43 % {2}1,200 from the cache$/);
    expect(bar?.match(/█/g)).toHaveLength(17);
    expect(lines.map((line) => line.trimEnd()).filter((line) => line !== "")).toEqual([
      "amalfa: careful",
      "END",
    ]);
    expect(output.slice(output.indexOf("careful"))).toContain("43 %");
    expect(output).not.toContain("\x1b[?25l");
    expect(output).not.toContain("\x1b[?7l");
  });

  test("it never wraps, however narrow the terminal", async () => {
    const { states } = replay(await inTerminal("quiet: false, json: false", 30, ["43 %", "careful"]));
    expect(states).toContain("reading and embedding  43 % …");
    for (const state of states) expect(Bun.stringWidth(state)).toBeLessThanOrEqual(30);
  });

  test("beside JSON there is no bar", async () => {
    const output = await inTerminal(
      "quiet: false, json: true, plainLines: { firstAfter: 1, every: 1 }",
      100,
      ["43 %", "careful"],
    );
    expect(output).not.toContain("█");
    expect(output).toContain("amalfa: careful");
  });
});
