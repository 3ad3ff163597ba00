using System.CommandLine;

namespace MiniKube.Host;

/// <summary>`minik completion SHELL`: commands and flags for the shell's own completion.</summary>
internal static class CompletionCommand
{
    public static Command Make(TextWriter output, Func<RootCommand> root)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print a completion script for a shell\n\nExample:\n  source <(minik completion bash)") { shell };
        command.SetAction(parsed => output.Write(Script(parsed.GetValue(shell)!, root())));
        return command;
    }

    private static string Script(string shell, RootCommand root)
    {
        var commands = root.Subcommands.Select(c => c.Name).ToList();
        string Flags(Command c) => string.Join(' ', c.Options.Select(o => o.Name).Where(n => n.StartsWith("--", StringComparison.Ordinal)));
        if (shell == "fish")
        {
            return "complete -c minik -f\n"
                + string.Concat(root.Subcommands.Select(c => $"complete -c minik -n __fish_use_subcommand -a {c.Name} -d '{c.Description?.Split('\n')[0].Replace("'", "")}'\n"))
                + string.Concat(root.Subcommands.SelectMany(c => c.Options.Select(o => $"complete -c minik -n '__fish_seen_subcommand_from {c.Name}' -l {o.Name.TrimStart('-')}\n")));
        }
        var cases = string.Concat(root.Subcommands.Select(c => $"    {c.Name}) words='{Flags(c)}' ;;\n"));
        var head = shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
        return head + $$"""
            _minik() {
              local words='{{string.Join(' ', commands)}} --help --version'
              if [ "$COMP_CWORD" -gt 1 ]; then
                case "${COMP_WORDS[1]}" in
            {{cases}}    *) words='' ;;
                esac
              fi
              COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _minik minik

            """;
    }
}
