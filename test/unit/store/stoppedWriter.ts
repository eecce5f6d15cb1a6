import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";

/** `stoppedWriter <home>`: stops in the midst of a change, and goes on when it is told to by a signal; says how it ended. */
const [, , home = ""] = process.argv;

createFileCredentialStore(home)
  .update(({ credentials }) => {
    console.log("changing");
    process.kill(process.pid, "SIGSTOP");
    credentials["anthropic:default"] = { type: "oauth", access: "of the one that was stopped", refresh: "R", expires: 1 };
  })
  .then(
    () => console.log("written"),
    (error: Error & { code?: string }) => console.log(error.code),
  );
