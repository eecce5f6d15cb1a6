/** What the shells ask `aihub __complete` with: the words so far. It prints `value<tab>description` lines, or `:files`. */

const bash = `# aihub completion for bash: source <(aihub completion bash)
_aihub() {
  local words=() current prefix value i
  for ((i = 1; i <= COMP_CWORD; i++)); do
    # Bash breaks words at colons, which profiles have, and at what stands between an option and its value.
    if [[ i -gt 1 && ( \${COMP_WORDS[i]} == [:=]* || \${COMP_WORDS[i-1]} == [:=] ) ]]; then
      words[\${#words[@]}-1]+=\${COMP_WORDS[i]}
    else
      words+=("\${COMP_WORDS[i]}")
    fi
  done
  current=\${words[\${#words[@]}-1]}
  prefix=
  [[ $current == *=* && $COMP_WORDBREAKS == *=* ]] && prefix=\${current%%=*}=
  [[ $current == *:* && $COMP_WORDBREAKS == *:* ]] && prefix=\${current%:*}:
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    if [[ $value == :files ]]; then
      compopt -o default 2>/dev/null
    elif [[ $value == "$current"* ]]; then
      COMPREPLY+=("\${value#"$prefix"}")
    fi
  done < <(aihub __complete -- "\${words[@]}" 2>/dev/null)
}
complete -F _aihub aihub
`;

const zsh = `#compdef aihub
# aihub completion for zsh: source <(aihub completion zsh), after compinit
_aihub() {
  local line
  local -a lines values
  lines=("\${(@f)$(aihub __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $lines[1] == :files ]]; then
    _files
    return
  fi
  for line in $lines; do
    values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -V aihub values
}
if [[ $funcstack[1] == _aihub ]]; then
  _aihub "$@"
else
  compdef _aihub aihub
fi
`;

const fish = `# aihub completion for fish: aihub completion fish | source
function __aihub_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (aihub __complete -- $words[2..] 2>/dev/null)
  if test "$lines[1]" = :files
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $lines
  end
end
complete -c aihub -f -a '(__aihub_complete)'
`;

export const completionScripts = { bash, zsh, fish } as const;
