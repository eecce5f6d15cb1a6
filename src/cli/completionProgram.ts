import { Argument, type Command } from "commander";
import { addExamples } from "./help";

const shells = ["bash", "zsh", "fish"] as const;

/** `aihub completion <shell>`, and what its scripts call while one types. */
export function addCompletionCommands(program: Command): void {
  const completion = program
    .command("completion")
    .addArgument(new Argument("<shell>", "your shell").choices(shells))
    .description("print a script that completes commands, options, profiles and agents")
    .action(async (shell: (typeof shells)[number]) => console.log((await import("./completionScripts")).completionScripts[shell]));
  addExamples(
    completion,
    "source <(aihub completion bash)   # in ~/.bashrc",
    "source <(aihub completion zsh)    # in ~/.zshrc, after compinit",
    "aihub completion fish > ~/.config/fish/completions/aihub.fish",
  );

  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .passThroughOptions()
    .action(async (words: string[]) => {
      const found = await (await import("./completion")).candidates(program, words);
      for (const line of found?.map(({ value, description }) => `${value}\t${description}`) ?? [":files"]) console.log(line);
    });
}
