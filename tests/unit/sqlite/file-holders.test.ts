import { describe, expect, test } from "bun:test";
import { findFileHolders, parseLsof } from "../../../src/system/process/holders.ts";
import { HelperProcess } from "../../helpers/helper-process.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

async function holderOf(redirection: string, folder: TempFolder) {
  const file = folder.join("file");
  await using process = await HelperProcess.run([
    "sh",
    "-c",
    `exec ${redirection}"$1"; echo ready; exec cat`,
    "sh",
    file,
  ]);
  const search = findFileHolders([file, folder.join("absent")]);
  return { search, pid: process.pid };
}

describe("who has a file open", () => {
  for (const [redirection, mayWrite] of [
    ["3<", false],
    ["3>>", true],
    ["3<>", true],
  ] as const) {
    test(`a process that opened it with ${redirection}`, async () => {
      using folder = new TempFolder().write({ file: "x" });
      const { search, pid } = await holderOf(redirection, folder);
      if (search.kind !== "known") throw new Error(search.reason);
      expect(search.holders).toHaveLength(1);
      expect(search.holders[0]).toMatchObject({ pid, path: folder.join("file"), mayWrite });
    });
  }

  test("one that reads it through one descriptor and writes through another may write", async () => {
    using folder = new TempFolder().write({ file: "x" });
    const { search } = await holderOf('3<"$1" 4>>', folder);
    expect(search.kind === "known" && search.holders.map(({ mayWrite }) => mayWrite)).toEqual([true]);
  });

  test("nobody", () => {
    using folder = new TempFolder().write({ file: "x" });
    expect(findFileHolders([folder.join("file")])).toEqual({ kind: "known", holders: [] });
  });

  test("as lsof tells it", () => {
    const output = "p12\ncsh\nf3\nar\nn/a/file\np13\ncsqlite3\nf4\nau\nn/a/file\nf5\na \nn/a/other\n";
    expect(parseLsof(output)).toEqual([
      { pid: 12, command: "sh", path: "/a/file", mayWrite: false },
      { pid: 13, command: "sqlite3", path: "/a/file", mayWrite: true },
      { pid: 13, command: "sqlite3", path: "/a/other", mayWrite: true },
    ]);
  });
});
