import { startCli, type CliResult } from "./cli";
import type { Scene } from "./useSandbox";

/** Signs in on the command line: by the browser's redirect, or with a device code where that is the way. */
export async function signIn({ person, env }: Pick<Scene, "person" | "env">, provider: string, decision: "authorize" | "deny" = "authorize"): Promise<CliResult> {
  const run = startCli(["auth", "login", provider, "--no-browser"], env);
  const [, url = ""] = await run.output(/(https:\/\/\S+)/);
  if (new URL(url).pathname.endsWith("/device")) {
    const [, userCode = ""] = await run.output(/^ {2}(\S+-\S+)$/m);
    await person.enterDeviceCode(url, userCode, decision);
  } else {
    await person.consent(url, decision);
  }
  return run.result;
}
