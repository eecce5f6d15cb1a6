import { startSandbox } from "./sandbox";

/** Plays the vendors until Ctrl-C. `eval` what it prints in another shell to use them from there. */
async function main(): Promise<void> {
  const sandbox = await startSandbox();
  for (const [name, value] of Object.entries(sandbox.env)) {
    console.log(`export ${name}='${value}'`);
  }
  console.log(`# controls: ${sandbox.controlUrl}`);
  console.log(`# a browser: --proxy-server=${sandbox.proxyUrl} --ignore-certificate-errors`);

  const stop = () => void sandbox.close().then(() => process.exit(0));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
