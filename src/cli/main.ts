#!/usr/bin/env node
import { CommanderError } from "commander";
import { endOnClosedPipe } from "../auth/ending";
import { terminalMessageOf } from "../common/errors";
import { exitCodeOf, exitCodes } from "../common/exitCodes";
import { buildProgram } from "./program";

async function main(): Promise<void> {
  // Makes a Node of VS Code's Electron for this process; programs that it starts are not meant.
  delete process.env.ELECTRON_RUN_AS_NODE;
  endOnClosedPipe();
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are asked for; anything else of commander's is wrong usage, which it has told already.
      process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
      return;
    }
    console.error(terminalMessageOf(error));
    process.exitCode ??= exitCodeOf(error);
  }
}

void main();
