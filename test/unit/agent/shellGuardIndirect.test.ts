import assert from "node:assert/strict";
import { inOneLine, useGuardedHome } from "./guardedHome";

describe("the guard of an agent's shell, by roundabout ways", () => {
  const guarded = useGuardedHome();

  for (const [how, command] of [
    ["a loop over folders", "for d in .aihub .codex; do cat ~/$d/auth.json; done"],
    ["a loop over names", "for f in auth aihub; do cat ~/.aihub/$f.json; done"],
    ["a loop of lines", 'for d in .aihub .codex; do\n  if [ -f "$HOME/$d/auth.json" ]; then\n    cat "$HOME/$d/auth.json"\n  fi\ndone'],
    ["a loop over trees", "for d in ~ /tmp; do tar c $d; done"],
    ["a list in braces", "cat {~/.aihub,/tmp}/auth.json; tar c {~,/tmp}"],
    ["a variable in Python", "python3 -c \"import os;print(open(os.environ['AIHUB_HOME']+'/credentials/oauth.json').read())\""],
    ["a variable in Python, got", "python3 -c \"import os;print(open(os.path.join(os.environ.get('AIHUB_HOME', '/x'), 'auth.json')).read())\""],
    ["a variable in Node", "node -p \"require('fs').readFileSync(process.env.AIHUB_HOME+'/auth.json','utf8')\""],
    ["a variable in Node, by its index", "node -p \"require('fs').readFileSync(process.env['AIHUB_HOME']+'/auth.json','utf8')\""],
    ["a variable in Ruby", "ruby -e 'puts File.read(ENV[\"AIHUB_HOME\"]+\"/auth.json\")'"],
    ["a variable in Perl", "perl -e 'open F, $ENV{AIHUB_HOME} . \"/auth.json\"; print <F>'"],
    ["a variable in PHP", "php -r 'echo file_get_contents(getenv(\"AIHUB_HOME\").\"/auth.json\");'"],
    ["a variable in awk", "awk 'BEGIN{while((getline l < (ENVIRON[\"AIHUB_HOME\"] \"/auth.json\"))>0) print l}'"],
    ["a variable that a program prints", 'H=$(printenv AIHUB_HOME); cat "$H/auth.json"'],
    ["the home in another language", "node -p \"require('fs').readFileSync(process.env.HOME+'/.codex/auth.json')\""],
    ["a folder here and a name there", "python3 - <<'E'\nimport os\nhome = os.environ[\"AIHUB_HOME\"]\nprint(open(os.path.join(home, \"credentials\", \"oauth.json\")).read())\nE"],
    ["a path in steps", "python3 -c \"from pathlib import Path;d=Path.home()/'.aihub';print((d/'auth.json').read_text())\""],
    ["git, all of it", "cd ~ && git add -A"],
    ["git, all that is here", "cd ~ && git init && git add . && git show"],
    ["git in another folder", "git -C ~ init && git -C ~ add -A"],
    ["git with another tree", "git --git-dir=$HOME/.dotfiles --work-tree=$HOME add -A"],
    ["git, what has changed", "cd ~ && git commit -am x"],
    ["git, what is put away", "cd ~ && git stash -u"],
    ["other rights for a tree", "chmod -R 777 ~"],
    ["another owner of a tree", "sudo chown --recursive me $HOME"],
    ["a tree that is moved", "mv ~ /tmp/h"],
    ["AIHub's command, looked for", "$(which aihub) auth token anthropic"],
    ["AIHub's command, looked for by Node", 'node "$(which aihub)" auth token anthropic'],
    ["AIHub's command in a variable", "A=$(command -v aihub); $A auth token anthropic"],
    ["AIHub's command, followed", 'node $(readlink -f "$(which aihub)") auth token anthropic'],
    ["another program's help", "aihub exec -a pilot -- env --help"],
    ["a script that is written first", "cat > x.sh <<'E'\n#!/bin/sh\ntar c ~\nE\nsh x.sh"],
    ["a script that is written and called", "echo 'tar c ~' > x.sh; chmod +x x.sh; ./x.sh"],
    ["a folder beside a file", 'D=$(dirname ~/.aihub/aihub.json); cat "$D/auth.json"'],
  ] as const) {
    it(`refuses ${how}`, () => assert.equal(guarded.refuses(command), true));
  }

  for (const command of [
    "for d in src test docs; do grep -rn foo \"$d\"; done",
    "for f in $(git ls-files '*.ts'); do wc -l \"$f\"; done",
    "for d in */; do (cd \"$d\" && git status); done",
    "python3 -c \"import os; print(os.environ['HOME'], os.environ.get('PATH'))\"",
    "node -e \"require('fs').writeFileSync(process.env.HOME + '/work/auth.json', '{}')\"",
    "python3 -c \"import json; print(json.load(open('auth.json')))\"",
    "git add -A && git commit -am 'Add all of it' && git stash -u && git clean -fdx",
    "git add . ../work/docs",
    "cd ~ && git -C work add -A",
    "git --work-tree=$HOME/work add -A",
    "cd ~ && git status && git commit -m 'add -a'",
    "chmod -R u+w . && chown -R me: ../work && chmod 700 ~",
    "mv src lib && mv lib ~ && mv -t ~ docs",
    "gh auth token",
    "$(which gh) auth token",
    "node \"$(which aihub)\" auth status",
    "aihub auth token --help; aihub auth login -h; aihub exec --help; aihub help exec",
    "cat \"$(dirname package.json)/tsconfig.json\"",
    "echo 'npm test' > run.sh; sh run.sh",
    "echo 'tar c ~' > notes.txt; npm test",
  ]) {
    it(`allows ${inOneLine(command)}`, () => assert.equal(guarded.refuses(command), false));
  }

  for (const folder of [".aihub/agents/pilot", ".claude", ".pi/agent/skills"]) {
    describe(`with a workspace in ~/${folder}`, () => {
      for (const command of ["ls *.md", "cat notes/*.md", "rm -rf build/*", "sed 's/[0-9]*//' notes.md", 'echo "2 * 3"', "node test/*.test.js", "ls **/*.ts", "git add *.md"]) {
        it(`allows ${command}`, () => assert.equal(guarded.refuses(command, folder), false));
      }
    });
  }

  for (const command of ["cat ~/.aihub/agents/*/agent.yaml", "cat ~/.claude/*.md", "cat ~/.pi/agent/*.md"]) {
    it(`allows ${command}`, () => assert.equal(guarded.refuses(command), false));
  }

  for (const [folder, command] of [
    [".aihub/agents/pilot", "cat ../../*.json"],
    [".aihub/agents/pilot", "cat ../../c*/*"],
    [".aihub/agents/pilot", "cat ../../../.codex/*.json"],
    [".aihub", "cat *.json"],
    [".codex", "jq . a*"],
    [".claude", "cat .c*"],
  ] as const) {
    it(`refuses ${command} in ~/${folder}`, () => assert.equal(guarded.refuses(command, folder), true));
  }
});
