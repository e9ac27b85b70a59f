/** The vector daemon: the model kept warm for the short-lived commands of a project. */
export { MAX_BODY_BYTES, vectorPort } from "./protocol.ts";

/** Loads what computes vectors for a command: through the daemon where it runs, else here. */
export const loadBackend = () => import("./backend.ts");

/** Loads the daemon itself. */
export const loadDaemon = () => import("./daemon.ts");
