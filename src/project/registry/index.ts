/** The projects of a user: which there are on this machine, by name. */
export type { RegisteredProject, Registration } from "./registry.ts";

export const loadRegistry = () => import("./registry.ts");
