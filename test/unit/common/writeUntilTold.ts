// Writes the file of its argument again and again, as a command that stores much, and ends in order when it is told to,
// as many ms later as its second argument says.
import { setTimeout as pause } from "node:timers/promises";
import { onFirstSignal } from "../../../src/common/signals";
import { writeSecretFile } from "../../../src/store/secretFile";

async function main(file: string, left: number): Promise<void> {
  let isTold = false;
  onFirstSignal(["SIGINT", "SIGTERM"], (signal) => {
    isTold = true;
    // The writing goes on meanwhile.
    void pause(left).then(() => process.exit(signal === "SIGINT" ? 10 : 20));
    console.log("told");
  });
  for (let count = 0; ; count++) {
    await writeSecretFile(file, String(count));
    if (count === 10 && !isTold) console.log("writes");
  }
}

const [, , file = "", left = "500"] = process.argv;
void main(file, Number(left));
