/**
 * Loaded before every file of tests: whatever they run keeps what it knows of its user in a folder of its own, and
 * never in that of whoever runs the tests; and no answer depends on how quickly a busy machine walks a few files.
 */
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "amalfa-test-state-"));
process.env.XDG_STATE_HOME = folder;
process.env.AMALFA_WALK_MS = "60000";

afterAll(() => rmSync(folder, { recursive: true, force: true }));
