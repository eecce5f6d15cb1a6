import { readdirSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";

/** Runs in the extension host of a real VS Code: the suites that stand beside this file. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: 60_000, reporter: "spec", color: false });
  for (const name of readdirSync(__dirname).filter((each) => each.endsWith(".test.js"))) mocha.addFile(join(__dirname, name));
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} failed`);
}
