/** The remote vector cache as settings and environment name it: whether it is used, and on whose word. */
export {
  type RemoteOrigin,
  type RemoteUse,
  SigningKey,
} from "./decide.ts";
export { remoteOf } from "./remote.ts";
export { userSettingsFile } from "./user-settings.ts";
