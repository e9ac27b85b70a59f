/** I14: what comes with a folder is no secret of its user's. */
import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { localToken, withdrawLocalToken } from "../../../src/mcp/http/local-token.ts";
import { makeToken } from "../../../src/mcp/http/tokens.ts";
import { projectPaths } from "../../../src/project/paths.ts";
import { userStateFolder } from "../../../src/project/state-folder.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

function projectWithRuntime() {
  const folder = new TempFolder();
  const project = { root: folder.path, paths: projectPaths(folder.path) };
  mkdirSync(project.paths.runtime, { recursive: true });
  return { project, folder, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test("a token that came with the folder opens nothing, and is replaced", () => {
  using made = projectWithRuntime();
  const planted = makeToken();
  made.folder.write({ ".amalfa/runtime/server-token": `${planted}\n` });
  chmodSync(made.folder.join(".amalfa/runtime/server-token"), 0o600);
  const { token, file } = localToken(made.project);
  expect(token).not.toBe(planted);
  expect(readFileSync(file, "utf8")).toBe(`${token}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("the next start has the same token, whatever has become of the file in the project", () => {
  using made = projectWithRuntime();
  const { token, file } = localToken(made.project);
  made.folder.write({ precious: "mine" });
  rmSync(file);
  symlinkSync(made.folder.join("precious"), file);
  expect(localToken(made.project)).toEqual({ token, file });
  expect(lstatSync(file).isFile()).toBe(true);
  expect(readFileSync(made.folder.join("precious"), "utf8")).toBe("mine");
  using other = projectWithRuntime();
  expect(localToken(other.project).token).not.toBe(token);
});

test("the copy goes where other tokens open the server, and a link there is not followed", () => {
  using made = projectWithRuntime();
  const { file } = localToken(made.project);
  withdrawLocalToken(made.project);
  expect(existsSync(file)).toBe(false);
  made.folder.write({ precious: "mine" });
  symlinkSync(made.folder.join("precious"), file);
  withdrawLocalToken(made.project);
  expect(lstatSync(file, { throwIfNoEntry: false })).toBeUndefined();
  expect(readFileSync(made.folder.join("precious"), "utf8")).toBe("mine");
});

test("one that others could have read, or that the project itself would hold, is not kept", () => {
  using made = projectWithRuntime();
  const first = localToken(made.project);
  const folder = `${userStateFolder()}/server-tokens`;
  const kept = new Bun.CryptoHasher("sha256").update(made.project.root).digest("hex");
  chmodSync(`${folder}/${kept}`, 0o644);
  const second = localToken(made.project);
  expect(second.token).not.toBe(first.token);
  expect(statSync(`${folder}/${kept}`).mode & 0o777).toBe(0o600);
  const usual = process.env.XDG_STATE_HOME;
  process.env.XDG_STATE_HOME = made.folder.join("state");
  try {
    expect(localToken(made.project).token).not.toBe(localToken(made.project).token);
  } finally {
    process.env.XDG_STATE_HOME = usual;
  }
});
