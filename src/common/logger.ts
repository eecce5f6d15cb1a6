import { redact } from "./redact";

/** Where the parts report what they do. Implementations redact at their boundary (see redact.ts). */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {} };

/** For a terminal: warnings go where they do not disturb what a command prints. */
export const terminalLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message) => console.error(redact(message)),
};

/** Warns of each thing only once. */
export function warnOnce(logger: Logger): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    logger.warn(message);
  };
}
