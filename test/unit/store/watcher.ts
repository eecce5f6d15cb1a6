import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";

/** `watcher <home>`: says `changed` whenever it hears of a change, until standard input ends. */
const store = createFileCredentialStore(process.argv[2] ?? "");
store.onDidChange(() => console.log("changed"));
process.stdin.resume().on("end", () => process.exit(0));
console.log("ready");
