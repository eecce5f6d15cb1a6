/** `time` (ms since the epoch) as a clock on the wall says it: "13:45". */
export function clockTime(time: number): string {
  return new Date(time).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}
