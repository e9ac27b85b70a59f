/** A quota that is used up on a disk that has room: what the disk tells of itself does not show it. */
import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, truncateSync } from "node:fs";
import { shortageIn } from "../../src/system/files/index.ts";
import { CLI } from "../helpers/amalfa.ts";
import { checkOf, DOCTOR_ENV, disposeTemplate, healthyProject } from "../helpers/doctor.ts";
import { doctorInOwnMounts, TIMEOUT } from "../helpers/doctor-elsewhere.ts";
import { inOwnMounts } from "../helpers/own-mounts.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

const IMAGE_BYTES = 600 * 2 ** 20;
const CAN_HAVE_QUOTAS =
  process.getuid?.() === 0 &&
  Bun.which("mkfs.btrfs") !== null &&
  Bun.which("btrfs") !== null &&
  spawnSync("losetup", ["-f"]).status === 0;

afterAll(disposeTemplate);

/** A script that puts the project at `from` onto a disk of its own, with a quota of which nothing is left. */
function onUsedUpQuota(from: string, image: string, place: string): string {
  return `{ mkfs.btrfs -qf '${image}'
    mount -o loop '${image}' '${place}'
    btrfs quota enable '${place}'
    btrfs subvolume create '${place}/project'
    umount '${place}'
    mount -o loop,subvol=project '${image}' '${place}'
    cp -a '${from}/.' '${place}'
    rm -f '${place}/.amalfa/resonance.db-shm'
    sync -f '${place}'
    btrfs qgroup limit 8M '${place}'
    dd if=/dev/zero of='${place}/filler' bs=64k 2> /dev/null || true
    dd if=/dev/zero of='${place}/filler2' bs=4k 2> /dev/null || true
    sync -f '${place}' 2> /dev/null || true; } > /dev/null`;
}

test.skipIf(!CAN_HAVE_QUOTAS)(
  "the doctor names the quota, and commands that space has to be made",
  async () => {
    using project = await healthyProject();
    using place = new TempFolder();
    using elsewhere = new TempFolder();
    const image = elsewhere.join("disk");
    closeSync(openSync(image, "w"));
    truncateSync(image, IMAGE_BYTES);
    // What a process that was ended leaves: changes in the log.
    using db = new Database(project.join(GRAPH));
    db.run("CREATE TABLE passing (a); DROP TABLE passing");
    const script = onUsedUpQuota(project.path, image, place.path);

    const { status, report } = doctorInOwnMounts(script, place.path);
    expect(status).toBe(1);
    expect(checkOf(report, "db.open").status).toBe("error");
    const [finding] = checkOf(report, "layout.access").findings;
    expect(finding?.message).toMatch(
      /^The quota for .* is used up: not even 64 KiB more .* \(the graph takes .* KiB/,
    );
    expect(report.next).toMatch(/^the quota for .* is used up: delete or move something/);

    const init = inOwnMounts(script, [process.execPath, CLI, "--root", place.path, "init", "--json"]);
    const ended = spawnSync(init[0]!, init.slice(1), {
      encoding: "utf8",
      env: { ...process.env, ...DOCTOR_ENV },
    });
    expect(ended.stdout + ended.stderr).toContain('"database.full"');
  },
  TIMEOUT,
);

test("a folder with room has no shortage, and looking leaves nothing", () => {
  using folder = new TempFolder();
  expect(shortageIn(folder.path)).toBeUndefined();
  expect(readdirSync(folder.path)).toEqual([]);
  expect(shortageIn(folder.join("missing"))).toBeUndefined();
});
