/** The remote vector cache as settings and environment name it: whether it is used, and on whose word. */
export {
  type RemoteOrigin,
  type RemoteUse,
  SigningKey,
} from "./decide.ts";
export { remoteOf, userSettingsFile } from "./remote.ts";
