/**
 * What shells are told so that they ask amalfa what may be typed next. They run the `amalfa` of the PATH, whatever
 * the line begins with: pressing a key in a folder must not run a program that lies there.
 *
 * Each hands over the words of the line up to the one at the cursor, which may be empty, after `--`. Nothing beyond
 * the shells themselves is needed, such as the functions of the package bash-completion.
 */

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

export type Shell = (typeof SHELLS)[number];

const BASH = `# Completion of amalfa for bash. In ~/.bashrc:  source <(amalfa completion bash)
_amalfa() {
  local candidate
  COMPREPLY=()
  # Names with spaces are quoted then. Bash 3.2, which macOS has, cannot.
  compopt -o filenames 2>/dev/null
  while IFS= read -r candidate; do
    COMPREPLY+=("$candidate")
  done < <(command amalfa completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _amalfa amalfa
`;

const ZSH = `#compdef amalfa
# Completion of amalfa for zsh. In ~/.zshrc, after compinit:  source <(amalfa completion zsh)
_amalfa() {
  local value description
  local -a values descriptions
  while IFS=$'\\t' read -r value description; do
    values+=("$value")
    descriptions+=("$value\${description:+  -- $description}")
  done < <(command amalfa completion zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  local -a how
  # A file whose name begins with a dash is offered as a path, which what was typed is no beginning of.
  if [[ $PREFIX == -* ]] && (( \${values[(I)./-*]} )); then how=(-U); fi
  if (( $#values )); then
    compadd $how -l -d descriptions -a values
  else
    _files
  fi
}
if [ "$funcstack[1]" = "_amalfa" ]; then
  _amalfa "$@"
else
  compdef _amalfa amalfa
fi
`;

const FISH = `# Completion of amalfa for fish. In ~/.config/fish/config.fish:  amalfa completion fish | source
function __amalfa_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    command amalfa completion fish -- $words[2..-1] "$current" 2>/dev/null
end
complete -c amalfa -f -a "(__amalfa_complete)"
complete -c amalfa -l root -x -a "(__fish_complete_directories)"
`;

const POWERSHELL = `# Completion of amalfa for PowerShell. In $PROFILE:
#   amalfa completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName amalfa -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = Get-Command amalfa -CommandType @('Application', 'ExternalScript') | Select-Object -First 1
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { "$_" }
        })
    # Behind a sign, since an empty argument would be lost.
    & $program completion powershell -- @words "=$wordToComplete" 2>$null | ForEach-Object {
        $value, $description = $_ -split "\`t", 2
        $typed = if ($value -match "[\\s'(){};,|&$]") { "'" + $value.Replace("'", "''") + "'" } else { $value }
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new($typed, $value, 'ParameterValue', $description)
    }
}
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};
