/**
 * The three set-ups of docs/team.md, as the page has them: each block on a machine of its own, with a server in the
 * place of the one that the page names. Only the first machine computes anything (I3).
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CLI } from "../helpers/amalfa.ts";
import { makeCertificates } from "../helpers/certificates.ts";
import { FileServer } from "../helpers/file-servers.ts";
import { freePort } from "../helpers/free-port.ts";
import { git, repository } from "../helpers/git.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { REDIS, RedisProcess, VALKEY } from "../helpers/redis.ts";
import { shellBlocks } from "../helpers/shell-blocks.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(300_000);
useMadeUpModel();

const PAGE = readFileSync(join(import.meta.dir, "../../docs/team.md"), "utf8");

/** The command blocks below a heading. */
function blocksBelow(heading: string): string[] {
  const [, rest = ""] = PAGE.split(`\n### ${heading}\n`);
  const section = rest.split(/\n##+ /)[0]!;
  return shellBlocks(section).map(({ commands }) => commands);
}

interface Printed {
  readonly command: string;
  readonly ok: boolean;
  readonly embedding?: Readonly<Record<string, unknown>>;
}

class Team implements Disposable {
  readonly #folder = new TempFolder();
  #machines = 0;

  constructor() {
    const note = "# Backups\n\nWe keep three copies: one here, one at home, one far away.\n";
    this.#folder.write({ "origin/backups.md": note, "origin/network.md": "# Network\n\nThe router.\n" });
    repository(this.#folder.join("origin"));
    // Each command of amalfa's also notes what it prints.
    const program = `"${process.execPath}" "${CLI}" --json --quiet "$@"`;
    this.#folder.write({ "programs/amalfa": `#!/bin/sh\nset -e\n${program} >> "$PRINTED"\n` });
    chmodSync(this.#folder.join("programs/amalfa"), 0o755);
  }

  join(...parts: string[]): string {
    return this.#folder.join(...parts);
  }

  /** Runs a block in a clone, with a home of its own. @param instead what is put in the place of the page's words */
  async run(block: string, instead: Readonly<Record<string, string>> = {}): Promise<Printed[]> {
    const place = `machine-${this.#machines++}`;
    mkdirSync(this.join(place, "home"), { recursive: true });
    git(this.join(place), "clone", "-q", this.join("origin"), "my-notes");
    const commands = Object.entries(instead).reduce(
      (text, [word, other]) => text.replaceAll(word, other),
      block,
    );
    const child = Bun.spawn(["bash", "-ec", commands], {
      cwd: this.join(place, "my-notes"),
      env: {
        ...process.env,
        HOME: this.join(place, "home"),
        XDG_STATE_HOME: this.join(place, "state"),
        XDG_CONFIG_HOME: this.join(place, "config"),
        PATH: `${this.join("programs")}:${process.env.PATH}`,
        PRINTED: this.join(place, "printed"),
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [said, status] = await Promise.all([new Response(child.stderr).text(), child.exited]);
    if (status !== 0) throw new Error(`${commands}\n${said}`);
    const printed = Bun.file(this.join(place, "printed"));
    if (!(await printed.exists())) return [];
    const texts = (await printed.text()).split(/(?<=^\}\n)/m).filter((text) => text.trim() !== "");
    return texts.map((text) => JSON.parse(text) as Printed);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

const COMPUTED = { ok: true, embedding: { texts: 2, hits: 0, misses: 2 } };
const TAKEN = { ok: true, embedding: { texts: 2, hits: 2, misses: 0, modelLoaded: false } };

test("worktrees on one machine: the second computes nothing", async () => {
  using team = new Team();
  const [block, ...others] = blocksBelow("Worktrees on one machine");
  expect(others).toEqual([]);
  expect(await team.run(block!)).toMatchObject([COMPUTED, TAKEN]);
});

describe("CI fills, people read", () => {
  for (const [name, program] of Object.entries({ Redis: REDIS, Valkey: VALKEY })) {
    test.skipIf(program === undefined)(
      `through ${name}: people compute nothing, and put nothing there`,
      async () => {
        using team = new Team();
        using files = new TempFolder();
        const { authority, certificate, key } = makeCertificates(files);
        const port = await freePort();
        const tls = ["--tls-port", String(port), "--tls-auth-clients", "no", "--tls-ca-cert-file", authority];
        const pair = ["--tls-cert-file", certificate, "--tls-key-file", key];
        await using server = await RedisProcess.start([...tls, ...pair], program);
        const instead = {
          "redis-cli": `redis-cli -p ${server.port}`,
          "cache.example:6380": `localhost:${port}`,
          "/etc/team/authority.pem": authority,
        };
        const [users, ci, people, ...others] = blocksBelow("CI fills, people read");
        expect(others).toEqual([]);
        expect(await team.run(users!, instead)).toEqual([]);
        expect(await team.run(ci!, instead)).toMatchObject([COMPUTED]);
        const client = await server.client();
        expect(await client.send("DBSIZE", [])).toBe(2);
        const [ingest, checked] = await team.run(people!, instead);
        expect(ingest).toMatchObject(TAKEN);
        expect(checked).toMatchObject({ ok: true, checks: [{ id: "cache.remote", status: "ok" }] });
        client.close();
      },
    );
  }
});

test("two offices over object storage: the other one computes nothing, by `init` or by packs", async () => {
  using team = new Team();
  await using server = await FileServer.s3();
  const { S3_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = server.env;
  const instead = { "https://objects.example": endpoint!, "the-key": id!, "the-secret": secret! };
  const [each, byHand, ...others] = blocksBelow("Two offices over object storage");
  expect(others).toEqual([]);
  expect(await team.run(each!, instead)).toMatchObject([COMPUTED]);
  expect(await team.run(each!, instead)).toMatchObject([TAKEN]);
  expect(await team.run(byHand!, instead)).toMatchObject([
    { command: "pull", fetched: 1, added: 2 },
    TAKEN,
    { command: "push", rows: 0 },
  ]);
});
