/**
 * A line to a server of this machine that takes its time, in a process of its own: `slow-line.ts PORT MILLISECONDS`.
 */
import { WeakLine } from "../../tests/helpers/weak-line.ts";

const [target, delay] = process.argv.slice(2).map(Number);
console.log((await WeakLine.to(target!, delay!)).port);
