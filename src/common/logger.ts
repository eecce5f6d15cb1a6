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
