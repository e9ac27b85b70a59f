/** Settings files that are links: those of a user's dotfiles hold, and no private file is quoted in an error. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { amalfa } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

const COMMANDS = [
  ["init"],
  ["config", "show"],
  ["search", "garden"],
  ["stats"],
  ["doctor"],
  ["doctor", "--check", "config.valid"],
  ["models", "use", "all-MiniLM-L6-v2-128"],
];

/** A project whose settings file is a link to a file beside it. */
function linked(content: string, name = "amalfa.settings.json") {
  const folder = new TempFolder();
  folder.write({ "project/a.md": "# A\n\nA garden.\n", "private/file.json": content });
  symlinkSync("../private/file.json", folder.join(`project/${name}`));
  return Object.assign(folder, { root: folder.join("project"), file: folder.join("private/file.json") });
}

describe("a link to a file outside of the project that holds no settings", () => {
  test.each([
    [
      "other keys",
      JSON.stringify({ secretKey: "secret-value", watch: { secretInside: 1 } }),
      "2 unknown keys",
    ],
    [
      "keys of the same names",
      JSON.stringify({
        sources: ["/secret"],
        embeddings: { model: "secret" },
        watch: "secret",
        database: "secret.md",
      }),
      "no value that can be used for",
    ],
    ["rules", JSON.stringify({ validate: { rules: { secretRule: "error" } } }), "1 unknown key"],
    ["another syntax", "secretWord = 1\n", "it is not valid JSON at line 1, column 1"],
    ["a list", '["secret"]', "it holds no settings"],
  ])("%s: nothing of it is shown", async (_, content, says) => {
    using project = linked(content);
    for (const args of COMMANDS) {
      for (const form of [[], ["--json"]]) {
        const { status, stdout, stderr } = await amalfa([...args, ...form], { cwd: project.root });
        const said = (stdout + stderr).replaceAll(/\s+/g, " ");
        expect({ args, status }).toEqual({ args, status: args[0] === "doctor" ? 1 : 2 });
        expect(said).toContain(project.file);
        expect(said).toContain(says);
        expect(said).not.toContain("secret");
      }
    }
  });

  test("links to nowhere and to a folder are named", async () => {
    using folder = new TempFolder();
    folder.write({ "project/a.md": "# A\n" });
    mkdirSync(folder.join("folder"));
    const ends = [
      ["nowhere", "it is a symbolic link that leads nowhere"],
      ["folder", "it is not a file"],
    ] as const;
    for (const [end, says] of ends) {
      const root = folder.join(`project-${end}`);
      mkdirSync(root);
      symlinkSync(folder.join(end), `${root}/amalfa.settings.json`);
      const { status, stderr } = await amalfa(["init"], { cwd: root });
      expect(status).toBe(2);
      expect(stderr).toContain(folder.join(end));
      expect(stderr).toContain(says);
      expect(stderr).not.toContain("ENOENT");
    }
  });
});

test("settings of a user's dotfiles hold", async () => {
  using project = linked(JSON.stringify({ watch: { debounce: 321 } }));
  const { stdout } = await amalfa(["config", "show", "--json"], { cwd: project.root });
  expect(stdout).toContain("321");
});

test("a link to another file of the project is corrected by what the error says of it, as any settings file", async () => {
  using folder = new TempFolder();
  folder.write({ "a.md": "# A\n", "config/settings.json": JSON.stringify({ sourcs: ["."] }) });
  symlinkSync("config/settings.json", folder.join("amalfa.settings.json"));
  const { stderr } = await amalfa(["init"], { cwd: folder.path });
  expect(stderr).toContain('did you mean "sources"');
});
