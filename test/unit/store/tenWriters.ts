import { createInterface } from "node:readline";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";

/** `tenWriters <home> <number>`: at the word `go`, ten writers at once add an entry each, and then it says `written`. */
const [, , home = "", number = ""] = process.argv;
const names = Array.from({ length: 10 }, (_, index) => `anthropic:p${Number(number) * 10 + index}`);

createInterface({ input: process.stdin }).once("line", () => {
  const writes = names.map((name) =>
    createFileCredentialStore(home).update((draft) => {
      draft.credentials[name] = { type: "oauth", access: `access of ${name}`, refresh: `refresh of ${name}`, expires: 1 };
    }),
  );
  Promise.all(writes).then(
    () => console.log("written"),
    (error: unknown) => console.log(String(error)),
  );
});
console.log("ready");
