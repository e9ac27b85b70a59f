/** Models: what there is, fetching it, taking it in from a folder, and choosing it. */
export type { AddReport } from "./add.ts";
export type { SwitchCost } from "./cost.ts";
export type { PulledFile } from "./install.ts";
export type { ModelDetails, ModelsReport, RemoveReport, VerifiedModel } from "./manage.ts";
export type { PullReport } from "./pull.ts";

export const loadModels = () => import("./manage.ts");
export const loadPull = async () => ({ ...(await import("./pull.ts")), ...(await import("./hub.ts")) });
export const loadAdd = () => import("./add.ts");
export const loadCost = () => import("./cost.ts");
export const loadUse = () => import("./use.ts");
