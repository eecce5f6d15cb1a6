/** Something to let go of; structurally VS Code's `Disposable`. */
export interface Disposable {
  dispose(): void;
}
