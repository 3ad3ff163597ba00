using System.CommandLine;
using System.Security.Cryptography;
using MiniKube.Kubectl;
using MiniKube.Server.Pki;

namespace MiniKube.Host;

/// <summary>`minik kubectl …`, and its commands directly wherever minik has none of that name.</summary>
internal static class KubectlCommand
{
    private const string Name = "kubectl";

    /// <summary>What kubectl is to be asked; null where minik itself is meant.</summary>
    public static string[]? Words(string[] args, IEnumerable<string> own)
    {
        if (args is [Name, .. var words]) return words;
        return args.Length > 0 && KubectlProgram.Knows(args[0]) && !own.Contains(args[0]) ? args : null;
    }

    /// <summary>For the list of commands only: what is asked of it never gets that far.</summary>
    public static Command Make() => new(Name, "Control the cluster as kubectl does: minik kubectl get pods, or just minik get pods");

    public static async Task<int> Run(IReadOnlyList<string> words, TextWriter output, TextWriter error)
    {
        using var stop = new StopSignals(CancellationToken.None);
        await using var rawOut = Console.OpenStandardOutput();
        await using var rawError = Console.OpenStandardError();
        await using var input = Console.OpenStandardInput();
        await using var buffered = new StreamWriter(rawOut, new System.Text.UTF8Encoding(false), 32 * 1024, leaveOpen: true);
        var toConsole = ReferenceEquals(output, Console.Out);
        return await KubectlProgram.Run(words, new Surroundings
        {
            Out = toConsole ? buffered : output,
            Error = error,
            RawOut = rawOut,
            RawError = rawError,
            In = input,
            Environment = Environment.GetEnvironmentVariable,
            Home = Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? home : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            Time = TimeProvider.System,
            LocalConfig = LocalConfig,
            InputIsTerminal = !Console.IsInputRedirected,
            OutputIsTerminal = toConsole && !Console.IsOutputRedirected,
            Stop = stop.Token,
            Version = Product.Line,
        });
    }

    private static string? LocalConfig()
    {
        var data = AdminClient.DataDirectory(null);
        var keys = Path.Combine(data, "pki");
        try
        {
            if (!File.Exists(Path.Combine(keys, "ca.key"))) return null;
            var pki = ClusterPki.OpenAsOwner(keys, TimeProvider.System);
            return Kubeconfig.For(OwnerFiles.LastAddress(data) ?? "https://127.0.0.1:6443", pki.AuthorityPem, AdminClient.Certificate(pki));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or CryptographicException)
        {
            // Somebody else's cluster: without a kubeconfig there is none to talk to.
            return null;
        }
    }
}
