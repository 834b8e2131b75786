import { Argument, Command } from 'commander';
import { type CommandIo, print } from '../io.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A command's name, words and description, for completion. */
interface Entry {
  readonly name: string;
  readonly description: string;
  readonly options: readonly { readonly flag: string; readonly description: string }[];
}

function entriesOf(program: Command): Entry[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options
      .filter(({ hidden, long }) => !hidden && long)
      .map(({ long, description }) => ({ flag: long!, description })),
  }));
}

function bash(entries: readonly Entry[]): string {
  const cases = entries
    .map(
      ({ name, options }) => `    ${name}) words="${options.map(({ flag }) => flag).join(' ')}" ;;`,
    )
    .join('\n');
  return `_autoprune() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${entries.map(({ name }) => name).join(' ')}"
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "\${COMP_WORDS[1]}" in
${cases}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _autoprune autoprune`;
}

const quoted = (text: string): string => text.replace(/'/g, "'\\''").replace(/[[\]:]/g, '\\$&');

function zsh(entries: readonly Entry[]): string {
  const commands = entries
    .map(({ name, description }) => `    '${name}:${quoted(description)}'`)
    .join('\n');
  const cases = entries
    .map(
      ({ name, options }) =>
        `    ${name}) _arguments ${options.map(({ flag, description }) => `'${flag}[${quoted(description)}]'`).join(' ')} '*:file:_files' ;;`,
    )
    .join('\n');
  return `#compdef autoprune
_autoprune() {
  local -a commands=(
${commands}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases}
  esac
}
compdef _autoprune autoprune`;
}

function fish(entries: readonly Entry[]): string {
  const plain = (text: string): string => text.replace(/'/g, "\\'");
  return [
    ...entries.map(
      ({ name, description }) =>
        `complete -c autoprune -n __fish_use_subcommand -a ${name} -d '${plain(description)}'`,
    ),
    ...entries.flatMap(({ name, options }) =>
      options.map(
        ({ flag, description }) =>
          `complete -c autoprune -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d '${plain(description)}'`,
      ),
    ),
  ].join('\n');
}

/** `autoprune completion`: a script that completes commands and flags in a shell. */
export function completionCommand(io: CommandIo, program: Command): Command {
  return new Command('completion')
    .description('print a completion script: source <(autoprune completion bash)')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => {
      const entries = entriesOf(program);
      print(io, { bash, zsh, fish }[shell](entries));
    });
}
