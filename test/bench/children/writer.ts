import { createInterface } from "node:readline";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";

/** Changes one credential of `writer <home>` at every line it is given, and says when that is written. */
const store = createFileCredentialStore(process.argv[2] ?? "");
let count = 0;

createInterface({ input: process.stdin })
  .on("line", () => {
    const change = store.update(({ credentials }) => {
      const entry = credentials["anthropic:default"];
      if (entry) entry.access = `changed ${++count}`;
    });
    void change.then(() => console.log("written"));
  })
  .on("close", () => process.exit(0));
console.log("ready");
