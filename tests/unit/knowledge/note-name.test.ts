/** Names that no note may have, and names that look like them and are fine. */
import { expect, test } from "bun:test";
import { refuseNoteName } from "../../../src/knowledge/note-name.ts";
import { AmalfaError } from "../../../src/system/index.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

function codeOf(path: string): string {
  using folder = new TempFolder();
  try {
    refuseNoteName(folder.path, path);
    return "fine";
  } catch (error) {
    return error instanceof AmalfaError ? error.code : String(error);
  }
}

const refusedAs = (code: string, paths: readonly string[]): void => {
  const codes = paths.map((path) => [path.slice(0, 40), codeOf(path)]);
  expect(codes).toEqual(paths.map((path) => [path.slice(0, 40), code]));
};

test("characters that are half, not seen or turn the text are refused, and named", () => {
  const characters = [
    "\ud800",
    "\udc00",
    "\u0007",
    "\u0085",
    "\u009f",
    "\u061c",
    "\u200e",
    "\u202e",
    "\u2066",
  ];
  const ends = ["\u2028", "\u2029"];
  refusedAs(
    "note.name",
    [...characters, ...ends].map((character) => `plan/a${character}b.md`),
  );
  expect(() => refuseNoteName("/", "a\u202eb.md")).toThrow("U+202E");
});

test("what the system finds too long is refused, whether a name or the whole", () => {
  refusedAs("note.name", [
    `${"n".repeat(300)}.md`,
    `new/${"ä".repeat(127)}.md`,
    `${"deep/".repeat(900)}x.md`,
  ]);
  expect(codeOf(`${"ä".repeat(126)}.md`)).toBe("fine");
});

test("files that instruct agents are refused, in any folder and case", () => {
  refusedAs("note.instructions", [
    ...["CLAUDE.md", "plan/Agents.MD", "gemini.md", "CLAUDE.local.md", "AGENTS.override.md", "SKILL.md"],
    ...["CLAU\u200dDE.md", "AGENT\u017f.md", "agent.md", "Agent.md", "ｃlaude.md", "copilot-instructions.md"],
    ...["review.instructions.md", "plan/fix.prompt.md", ".cursorrules", "a/.cursorrules/b.md"],
  ]);
});

test("any other name is fine", () => {
  const names = [
    "claude-shannon.md",
    "agents-of-change.md",
    ...[
      "agents.markdown",
      "agents.local.md",
      "claude-override.md",
      "copilot.md",
      "skills.md",
      "agent.txt.md",
    ],
    "plan/prompt.md",
    "instructions.md",
    "my-claude.md",
  ];
  refusedAs("fine", [...names, "Überblick.md", "計画.md", "👩‍🌾.md", "می‌خواهم.md"]);
});

test("what is a device on Windows is refused wherever it stands, and what only begins like it is fine", () => {
  refusedAs("note.name", ["con.md", "NUL.md", "aux/x.md", "plan/com1.de.md", "LPT9.markdown"]);
  refusedAs("fine", ["console.md", "com10.md", "auxiliary/x.md", "my-con.md", "com0.md"]);
});
