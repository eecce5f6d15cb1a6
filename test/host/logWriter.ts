/**
 * Stands in for the editor's log writer, a native module without a ready-made binary: the host must
 * install on a machine with nothing but Node and npm. install.ts puts it in the place of
 * `@vscode/spdlog`, so the names are that module's.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";

const levels = ["trace", "debug", "info", "warning", "error", "critical"] as const;

export const version = 0;

export class Logger {
  private level = 2;
  private prefixed = true;

  constructor(_type: string, _name: string, private readonly file: string) {
    mkdirSync(path.dirname(file), { recursive: true });
    // The Output view expects the file to exist before the first line is written.
    appendFileSync(file, "");
  }

  trace = (message: string) => this.write(0, message);
  debug = (message: string) => this.write(1, message);
  info = (message: string) => this.write(2, message);
  warn = (message: string) => this.write(3, message);
  error = (message: string) => this.write(4, message);
  critical = (message: string) => this.write(5, message);
  getLevel = () => this.level;
  setLevel = (level: number) => void (this.level = level);
  /** The editor asks for one pattern only: time, level, message. */
  setPattern = () => void (this.prefixed = true);
  clearFormatters = () => void (this.prefixed = false);
  /** Nothing to do: every line is on the disk when the call returns. */
  flush = () => {};
  drop = () => {};

  private write(level: number, message: string): void {
    if (level < this.level) return;
    const time = new Date().toISOString().replace("T", " ").replace("Z", "");
    try {
      appendFileSync(this.file, this.prefixed ? `${time} [${levels[level]}] ${message}\n` : message);
    } catch {
      // A test may delete the log folder before the editor's last line; a log must not end a process.
    }
  }
}

export function setLevel(): void {}

export function setFlushOn(): void {}

export function createRotatingLogger(name: string, file: string): Promise<Logger> {
  return Promise.resolve(new Logger("rotating", name, file));
}

export const createAsyncRotatingLogger = createRotatingLogger;
