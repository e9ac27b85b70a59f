/** Why a service is neither started nor registered. */
import { AmalfaError, EXIT } from "../errors.ts";
import { serviceTitle } from "./service-files.ts";

export function runningError(service: string, pid: number): AmalfaError {
  return new AmalfaError(
    "service.running",
    `The ${serviceTitle(service)} of this project is running already, as process ${pid}.`,
    {
      hint: "`amalfa servers` shows it.",
      exit: EXIT.busy,
    },
  );
}

export function unknownError(service: string, path: string, reason: string): AmalfaError {
  return new AmalfaError(
    "service.unknown",
    `It cannot be told whether the ${serviceTitle(service)} is running: ${reason} (${path}).`,
    { hint: "Look at the process; if it is not amalfa's, delete the PID file and run the command again." },
  );
}
