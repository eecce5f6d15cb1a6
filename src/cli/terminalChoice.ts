import type { Option } from "@clack/prompts";
import type { Choice } from "../auth/loginUi";
import type { LineReader } from "./lineReader";
import { obeysEscapes } from "./obeysEscapes";

/**
 * Lets the person choose: with the arrow keys in a terminal, by number where there is none, or none to draw a list in:
 * without a width (a terminal of a container, at times), or with no ear for escape sequences.
 *
 * @param onCancel called when the person left with Escape or Ctrl-C
 * @returns `undefined` when nothing was chosen
 */
export async function chooseInTerminal<T extends string>(choice: Choice<T>, input: LineReader, signal: AbortSignal, onCancel: () => void): Promise<T | undefined> {
  const { prompt, options, link, unattended } = choice;
  const text = link ? `${prompt} ${link.label}: ${link.url}` : prompt;
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (!isTerminal && unattended !== undefined) {
    console.error(text);
    return unattended;
  }
  if (!isTerminal || process.stdout.columns === 0 || !obeysEscapes()) return chooseByNumber(text, options, input, signal);
  const { isCancel, select } = await import("@clack/prompts");
  input.release();
  // A hint of its own is shown of the line alone that the person is on.
  const list: Option<string>[] = options.map((option) => ({ value: option.id, label: wholeLabel(option) }));
  const answer = await select({ message: text, options: list, signal });
  if (!isCancel(answer)) return answer as T;
  if (!signal.aborted) onCancel();
  return undefined;
}

function wholeLabel({ label, detail }: { label: string; detail?: string }): string {
  return detail ? `${label} · ${detail}` : label;
}

async function chooseByNumber<T extends string>(text: string, options: Choice<T>["options"], input: LineReader, signal: AbortSignal): Promise<T | undefined> {
  console.log(text);
  options.forEach((option, index) => console.log(`  ${index + 1}) ${wholeLabel(option)}`));
  for (;;) {
    const line = await input.next(signal);
    if (line === undefined) return undefined;
    const chosen = options[Number(line.trim()) - 1];
    if (chosen) return chosen.id;
    console.error(`Enter a number from 1 to ${options.length}.`);
  }
}
