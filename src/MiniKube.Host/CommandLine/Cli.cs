using System.CommandLine;

namespace MiniKube.Host;

/// <summary>The commands of minik. A mistake in the words ends with exit code 2 and says what is allowed.</summary>
internal static class Cli
{
    public const int Misused = 2;

    public static async Task<int> Run(string[] args, TextWriter output, TextWriter error)
    {
        if (args is ["--version"] or ["version"])
        {
            output.WriteLine(Product.Line);
            return 0;
        }
        var root = Root(output, error);
        if (KubectlCommand.Words(args, root.Subcommands.Select(c => c.Name)) is { } words) return await KubectlCommand.Run(words, output, error);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var fault in parsed.Errors) error.WriteLine($"minik: {fault.Message}");
            error.WriteLine($"'minik {string.Join(' ', Path(parsed.CommandResult))}--help' shows what is allowed.");
            return Misused;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private static IEnumerable<string> Path(System.CommandLine.Parsing.CommandResult result)
    {
        var names = new List<string>();
        for (var at = result; at?.Parent is System.CommandLine.Parsing.CommandResult parent; at = parent) names.Insert(0, at.Command.Name + " ");
        return names.Select(n => n.Trim()).Append("").Where((n, i) => n.Length > 0 || names.Count > 0);
    }

    private static RootCommand Root(TextWriter output, TextWriter error)
    {
        var root = new RootCommand("""
            minik: a Kubernetes cluster in one executable.

            Start one:            minik server
            Add a machine:        minik agent --join https://HOST:6443 --token TOKEN
            Then:                 minik get nodes
            Or, elsewhere:        export KUBECONFIG=/etc/minik/kubeconfig; kubectl get nodes
            """);
        root.Add(Server(error));
        root.Add(Agent(error));
        root.Add(StatusCommand.Make(output, error));
        root.Add(CheckCommand.Make(output));
        root.Add(KubeconfigCommand.Make(output, error));
        root.Add(TokenCommand.Make(output, error));
        root.Add(CertificateCommand.Make(output, error));
        root.Add(SecretsCommand.Make(output, error));
        root.Add(SnapshotCommand.Make(output, error));
        root.Add(ImageCommand.Make(output, error));
        root.Add(LogsCommand.Make(output, error));
        root.Add(KubectlCommand.Make());
        root.Add(NodeCleanup.Make(output));
        root.Add(UninstallCommand.Make(Console.In, output, error));
        root.Add(CompletionCommand.Make(output, () => root));
        var version = new Command("version", "Print the version");
        version.SetAction(_ => output.WriteLine(Product.Line));
        root.Add(version);
        return root;
    }

    private static Command Server(TextWriter error)
    {
        var command = new Command("server", """
            Run the control plane and, unless told otherwise, a node on this machine.

            Every flag can also be set as a MINIK_ variable (--data-dir is MINIK_DATA_DIR) or in /etc/minik/config.yaml.

            Examples:
              minik server
              minik server --runtime none --data-dir ~/cluster     # only the API, without root
              minik server --simulate-nodes 100                    # try controllers and scheduler at scale
            """);
        return Running(command, ServerFlags.All, (given, cancel) => ServerCommand.Run(given, error, cancel));
    }

    private static Command Agent(TextWriter error) => Running(new Command("agent", """
        Join a cluster with this machine, and run pods on it. Needs no way in: the agent only dials out.

        On the server:
          minik token create --print-join-command

        Examples:
          minik agent --join https://10.0.0.1:6443 --token abcdef.0123456789abcdef
          minik agent                                          # again, once it has joined
        """), AgentFlags.All, (given, cancel) => AgentCommand.Run(given, error, cancel));

    private static Command Running(Command command, IReadOnlyList<Flag> flags, Func<Func<Flag, IReadOnlyList<string>?>, CancellationToken, Task<int>> run)
    {
        var options = new Dictionary<Flag, Option>();
        foreach (var flag in flags) command.Add(options[flag] = flag.ToOption());
        command.SetAction((parsed, cancel) =>
        {
            IReadOnlyList<string>? Given(Flag flag) => parsed.GetResult(options[flag]) is not { Implicit: false } result ? null
                : flag.Switch ? [result.GetValueOrDefault<bool>() ? "true" : "false"]
                : flag.Many ? result.GetValueOrDefault<string[]>() ?? []
                : [result.GetValueOrDefault<string>() ?? ""];
            return run(Given, cancel);
        });
        return command;
    }
}
