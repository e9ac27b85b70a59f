import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "amalfa-result-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const source = resolve(import.meta.dir, "../../../src");
let count = 0;

/** Writes a program that uses the output functions, and answers its path. */
function program(body: string): string {
  const file = join(folder, `program-${++count}.ts`);
  const imports = [
    `import { printReport, reportError } from ${JSON.stringify(join(source, "cli/output/result.ts"))};`,
    `import { AmalfaError } from ${JSON.stringify(join(source, "system/errors.ts"))};`,
  ];
  writeFileSync(file, [...imports, body].join("\n"));
  return file;
}

/** Runs a shell line in which `$P` is the program, started with the Bun of this test. */
async function run(
  body: string,
  line = '"$BUN" "$P"',
): Promise<{ stdout: string; stderr: string; exit: number }> {
  const env = { ...process.env, BUN: process.execPath, P: program(body) };
  const child = Bun.spawn(["sh", "-c", line], { env, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { stdout, stderr, exit: await child.exited };
}

const plain = "{ json: false, color: true }";
const json = "{ json: true, color: true }";

describe("I10 stdout is the result", () => {
  test("as one JSON document or as the rendered text", async () => {
    const body = (options: string) =>
      `await printReport(${options}, { ok: true, n: 1 }, (r) => "n is " + r.n);`;
    expect(await run(body(plain))).toEqual({ stdout: "n is 1\n", stderr: "", exit: 0 });
    const { stdout } = await run(body(json));
    expect(JSON.parse(stdout)).toEqual({ ok: true, n: 1 });
    expect(stdout).toEndWith("}\n");
  });

  test("whole, even when the pipe is read late and the process ends at once", async () => {
    const body = `await printReport(${json}, { big: "x".repeat(3_000_000) }, () => ""); process.exit(0);`;
    const { stdout } = await run(body, '"$BUN" "$P" | (sleep 0.3; wc -c)');
    expect(Number(stdout)).toBeGreaterThan(3_000_000);
  });

  test("and a reader that has seen enough is no failure", async () => {
    const body = `await printReport(${plain}, {}, () => "line\\n".repeat(2_000_000));`;
    const { stdout, stderr, exit } = await run(body, '{ "$BUN" "$P"; echo "exit $?" >&2; } | head -n 1');
    expect(stdout).toBe("line\n");
    expect(stderr).toBe("exit 0\n");
    expect(exit).toBe(0);
  });
});

/** Runs a shell line in an empty project, in which `amalfa` is the real program. */
async function shell(line: string): Promise<{ stdout: string; stderr: string; exit: number }> {
  const root = mkdtempSync(join(folder, "project-"));
  const env = { ...process.env, BUN: process.execPath, CLI: join(source, "cli.ts") };
  const child = Bun.spawn(["sh", "-c", `amalfa() { "$BUN" "$CLI" "$@"; }; ${line}`], {
    cwd: root,
    env,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { stdout, stderr, exit: await child.exited };
}

describe("streams that take nothing", () => {
  test("a reader that goes at once is a quiet end, for help and version too", async () => {
    for (const [args, times] of [
      ["search --help", 24],
      ["--version", 4],
      ["--json stats", 4],
    ] as const) {
      const each = `{ amalfa ${args}; echo "exit $?" >&2; } | :`;
      const { stderr } = await shell(`for i in $(seq ${times}); do ${each}; done`);
      expect(stderr).toBe("exit 0\n".repeat(times));
    }
  }, 300_000);

  test("nobody to hear a message does not change what a command ends with", async () => {
    const each = (args: string) => `{ amalfa ${args} 2>&1 >&3; echo "exit $?" >&3; } | :`;
    const { stdout, stderr } = await shell(
      `exec 3>&1; for i in 1 2 3 4; do ${each("nosuch")}; ${each("read nosuch.md")}; done`,
    );
    expect(stdout).toBe("exit 2\nexit 1\n".repeat(4));
    expect(stderr).toBe("");
  }, 300_000);

  test.each(["stats", "--json stats", "--help", "--version"])(
    "a full disk is one message and a failure: %s",
    async (args) => {
      const { stderr, exit } = await shell(`amalfa ${args} >/dev/full`);
      expect(exit).toBe(1);
      expect(stderr).toMatch(
        /^amalfa: The result could not be written to stdout: ENOSPC[^\n]*\n {2}[^\n]*\n$/,
      );
      expect(await shell(`amalfa ${args} >/dev/full 2>/dev/full`)).toMatchObject({ exit: 1, stderr: "" });
    },
  );

  test("an error that cannot be the JSON document is told as text, with its own status", async () => {
    const { stderr, exit } = await shell("amalfa --json --root nowhere stats >/dev/full");
    expect(stderr).toStartWith("amalfa: ");
    expect(stderr).toContain("cannot be the project root");
    expect(exit).toBe(2);
  });

  test.each([">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])(
    "closed ones show no stack: stats %s",
    async (closed) => {
      const { stderr, exit } = await shell(`amalfa stats ${closed}`);
      expect(stderr).toBe("");
      expect(exit).toBe(0);
    },
  );
});

test.each([[], ["cache"], ["watcher"], ["vector"]])(
  "a missing command is named with --json: %p",
  async (...names) => {
    const { stdout, stderr, exit } = await shell(`amalfa ${names.join(" ")} --json`);
    const place = names.length === 0 ? "" : ` after \`${names.join(" ")}\``;
    expect(JSON.parse(stdout).error).toMatchObject({
      code: "usage",
      message: `No command was given${place}.`,
    });
    expect(stderr).toBe("");
    expect(exit).toBe(2);
    const text = await shell(`amalfa ${names.join(" ")}`);
    expect(text).toMatchObject({ stdout: "", exit: 2 });
    expect(text.stderr).toStartWith("Usage: amalfa");
  },
);

describe("errors", () => {
  const report = (error: string, options: string) =>
    `process.exitCode = await reportError(${error}, ${options});`;
  const known =
    'new AmalfaError("root.invalid", "/x cannot be it.\\nline \\x1b[2J", { hint: "Give another.", exit: 2 })';

  test("go to stderr as text, with the hint", async () => {
    const { stdout, stderr, exit } = await run(report(known, "{ json: false, verbose: false }"));
    expect(stdout).toBe("");
    expect(stderr).toBe("amalfa: /x cannot be it.\n  line \\x1b[2J\n  Give another.\n");
    expect(exit).toBe(2);
  });

  test("are the JSON document with --json", async () => {
    const { stdout, stderr, exit } = await run(report(known, "{ json: true, verbose: false }"));
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      error: { code: "root.invalid", message: "/x cannot be it.\nline \x1b[2J", hint: "Give another." },
    });
    expect(stderr).toBe("");
    expect(exit).toBe(2);
  });

  test("that nobody foresaw show one line, and their stack only with --verbose", async () => {
    const error = 'new TypeError("x is not a function\\nsecond line")';
    const short = await run(report(error, "{ json: false, verbose: false }"));
    expect(short.stderr.split("\n")).toHaveLength(3);
    expect(short.stderr).toContain("x is not a function");
    expect(short.stderr).toContain("--verbose");
    expect(short.exit).toBe(1);
    const long = await run(report(error, "{ json: true, verbose: true }"));
    expect(JSON.parse(long.stdout).error.code).toBe("internal");
    expect(long.stderr).toContain("program-");
  });
});
