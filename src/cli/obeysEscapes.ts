/** Whether the terminal obeys escape sequences. One that does not (an editor's, at times) says that it is a dumb one. */
export function obeysEscapes(): boolean {
  return process.env.TERM !== "dumb";
}
