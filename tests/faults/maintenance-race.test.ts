/** Commands that change the project, started at the same instant. `AMALFA_RACES=50` makes it the long version. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { amalfaJson, type ErrorDocument, startAmalfa } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";
import { STATES, TwoStates } from "../helpers/two-states.ts";

useMadeUpModel();

const RACES = Number(process.env.AMALFA_RACES ?? 3);

describe("the maintenance lock", () => {
  test(
    `two rebuilds, an init and a reset at the same instant, ${RACES} times: each does all of its work or exits 4`,
    async () => {
      using project = await TwoStates.create(30);
      const tally: Record<string, number> = {};
      for (let race = 0; race < RACES; race++) {
        const target = STATES[race % 2]!;
        await amalfaJson(["init"], { cwd: project.root });
        project.write(target);
        const commands = [["rebuild"], ["rebuild"], ["init"], ["reset", "--yes"]];
        // Whoever is started first tends to win, so each is first in turn.
        const order = commands.map((_, index) => commands[(index + race) % commands.length]!);
        const outcomes = await Promise.all(
          order.map(async (args) => {
            const child = startAmalfa([...args, "--json", "--wait", "60"], { cwd: project.root });
            const [text, status] = await Promise.all([new Response(child.stdout).text(), child.exited]);
            return { command: args[0]!, status, document: JSON.parse(text) as ErrorDocument | { ok: true } };
          }),
        );
        for (const { command, status, document } of outcomes) {
          expect({ command, status, document }).toMatchObject(
            status === 4 ? { document: { ok: false } } : { status: 0, document: { ok: true } },
          );
          const key = `${command} ${status}`;
          tally[key] = (tally[key] ?? 0) + 1;
        }
        const resetStatus = outcomes.find(({ command }) => command === "reset")?.status;
        expect(readdirSync(project.root).filter((name) => name.startsWith(".amalfa."))).toEqual([]);
        if (existsSync(project.database)) {
          using db = new Database(project.database, { readonly: true });
          expect(Object.values(db.query("PRAGMA integrity_check").get() ?? {})).toEqual(["ok"]);
          expect(project.stateOfGraph()).toBe(target);
        } else {
          // Only a reset that came last leaves no graph, and then it leaves nothing at all.
          expect(resetStatus).toBe(0);
          expect(existsSync(`${project.root}/.amalfa`)).toBe(false);
          tally["reset last"] = (tally["reset last"] ?? 0) + 1;
        }
      }
      if (process.env.AMALFA_RACES !== undefined) console.log(JSON.stringify(tally));
    },
    60_000 + RACES * 20_000,
  );
});

describe("a reset that is killed", () => {
  test("leaves .amalfa whole or nothing that looks alive, and the next reset finishes", async () => {
    for (let kill = 0; kill < 8; kill++) {
      using folder = new TempFolder().write({ "a.md": "# A\n", ".amalfa/resonance.db": "a graph" });
      for (let i = 0; i < 400; i++) folder.write({ [`.amalfa/agent/${i % 20}/${i}.md`]: "x" });
      const before = treeOf(folder.join(".amalfa"));
      const child = startAmalfa(["reset", "--yes", "--json"], { cwd: folder.path });
      // Late moments are the interesting ones, so it is watched for the renaming, or for the lock, and killed then.
      if (kill % 2 === 0) {
        const renamed = () => !existsSync(folder.join(".amalfa")) || child.exitCode !== null;
        while (!renamed()) await Bun.sleep(0);
      } else await Promise.race([Bun.sleep(kill * 25), child.exited]);
      child.kill("SIGKILL");
      await child.exited;
      if (existsSync(folder.join(".amalfa"))) {
        const left = treeOf(folder.join(".amalfa")).filter((entry) => !entry.startsWith("runtime"));
        expect(left).toEqual(before);
      }
      const { status } = await amalfaJson(["reset", "--yes"], { cwd: folder.path });
      expect(status).toBe(0);
      expect(readdirSync(folder.path)).toEqual(["a.md"]);
    }
  }, 300_000);
});
