/**
 * A thread that puts other things in the place of folders and back again, as fast as it can, whenever it is told to.
 *
 * Its first message tells the folders, where they may be moved, and what a link in their place leads to; the first
 * number of the shared memory tells whether to swap, the second whether it does, the third counts the swaps.
 */
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";

export interface SwapOrder {
  readonly state: Int32Array;
  readonly places: readonly { readonly path: string; readonly away: string; readonly treasure: string }[];
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The other side has been faster.
  }
}

function restore({ path, away }: SwapOrder["places"][number]): void {
  quietly(() => {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) rmSync(path);
    else if (existsSync(away)) rmSync(path, { recursive: true, force: true });
  });
  if (existsSync(away)) quietly(() => renameSync(away, path));
}

function swap(place: SwapOrder["places"][number]): void {
  const { path, away, treasure } = place;
  quietly(() => renameSync(path, away));
  if (!existsSync(away)) return;
  if (Math.random() < 0.8) quietly(() => symlinkSync(treasure, path));
  else quietly(() => mkdirSync(path));
  Bun.sleepSync(Math.random());
  restore(place);
}

declare const self: Worker;

self.onmessage = ({ data: { state, places } }: MessageEvent<SwapOrder>) => {
  for (;;) {
    if (Atomics.load(state, 0) === 2) break;
    if (Atomics.load(state, 0) === 0) {
      Atomics.store(state, 1, 0);
      Atomics.notify(state, 1);
      Atomics.wait(state, 0, 0, 50);
      continue;
    }
    Atomics.store(state, 1, 1);
    const place = places[Math.floor(Math.random() * places.length)];
    if (place !== undefined) swap(place);
    Atomics.add(state, 2, 1);
    Bun.sleepSync(Math.random() * 0.5);
  }
  for (const place of places) restore(place);
  process.exit();
};
