/** `amalfa serve token`: what opens this user's servers, and for whom. */

import { Command, Option } from "commander";
import { loadTokens, type Right, type StoredGrant } from "../../mcp/http/index.ts";
import { findProjectRoot } from "../../project/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, pathsOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { startingPoint } from "../working-directory.ts";

interface AddFlags {
  readonly name: string;
  readonly project?: readonly string[];
  readonly right: readonly Right[];
}

export function tokenCommand(): Command {
  const parent = new Command("token").description("create, list and revoke tokens for servers over HTTP");
  const add = parent
    .command("add")
    .description("create a token and print it, this once; only its digest is kept")
    .option("--name <text>", "what it is for", "unnamed")
    .option("--project <folders...>", "projects that it opens; this one when left out")
    .addOption(
      new Option("--right <rights...>", "what its bearer may do")
        .choices(["read", "tag", "write"])
        .default(["read"]),
    );
  add.action((flags: AddFlags) => addAndPrint(flags, invocationOf(add)));
  const list = parent.command("list").description("list the tokens, without the tokens themselves");
  list.action(() => printList(invocationOf(list)));
  const revoke = parent.command("revoke <token>").description("revoke a token, by its id or its name");
  revoke.action((wanted: string) => revokeAndPrint(wanted, invocationOf(revoke)));
  addHelp(add, { examples: ["amalfa serve token add --name laptop --right read tag"] });
  addHelp(list, { examples: ["amalfa serve token list"] });
  addHelp(revoke, { examples: ["amalfa serve token revoke laptop"] });
  return addHelp(parent, { examples: ["amalfa serve token add --name laptop", "amalfa serve token list"] });
}

async function addAndPrint(flags: AddFlags, invocation: Invocation): Promise<void> {
  const { root } = pathsOf(invocation);
  const folders = flags.project ?? [root];
  const projects = folders.map((folder) => findProjectRoot({ root: folder, cwd: startingPoint(folder) }));
  const { addToken } = await loadTokens();
  const { token, grant } = addToken({ name: flags.name, projects, rights: flags.right });
  await printReport(invocation, { ok: true, action: "add", token, ...grant }, async (made, terminal) =>
    (await import("../output/render-tokens.ts")).renderAdded(made, terminal),
  );
}

async function printList(invocation: Invocation): Promise<void> {
  const { listTokens } = await loadTokens();
  const tokens: readonly StoredGrant[] = listTokens();
  await printReport(invocation, { ok: true, action: "list", tokens }, async (found, terminal) =>
    (await import("../output/render-tokens.ts")).renderTokens(found.tokens, terminal),
  );
}

async function revokeAndPrint(wanted: string, invocation: Invocation): Promise<void> {
  const { revokeTokens } = await loadTokens();
  const tokens: readonly StoredGrant[] = revokeTokens(wanted);
  await printReport(invocation, { ok: true, action: "revoke", tokens }, async (taken) => {
    const names = taken.tokens.map(({ id, name }) => `${id} (${name})`).join(", ");
    return `Revoked: ${names}. A running server refuses it from the next request on.`;
  });
}
