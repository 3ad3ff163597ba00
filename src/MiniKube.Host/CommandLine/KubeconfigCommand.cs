using System.CommandLine;
using MiniKube.Server.Pki;

namespace MiniKube.Host;

/// <summary>`minik kubeconfig`: the administrator's access, from the keys in the data directory.</summary>
internal static class KubeconfigCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var data = DataDirectory.Option();
        var server = new Option<string>("--server") { Description = "Address of the server in it", HelpName = "URL", DefaultValueFactory = _ => "https://127.0.0.1:6443" };
        var command = new Command("kubeconfig", "Print a kubeconfig for the administrator\n\nExample:\n  minik kubeconfig > ~/.kube/config") { data, server };
        command.SetAction(parsed =>
        {
            var directory = Path.Combine(DataDirectory.Of(parsed.GetValue(data)), "pki");
            if (!File.Exists(Path.Combine(directory, "ca.key")))
            {
                error.WriteLine($"minik: there is no cluster in {Path.GetDirectoryName(directory)}: start one with 'minik server', or name its --data-dir");
                return 1;
            }
            var pki = ClusterPki.Open(directory, TimeProvider.System, [], []);
            output.Write(Kubeconfig.For(parsed.GetValue(server)!, pki.AuthorityPem, pki.Client("admin", ControlPlane.AdminName, MiniKube.Server.UserInfo.Masters)));
            return 0;
        });
        return command;
    }
}

/// <summary>The data directory a client command looks into.</summary>
internal static class DataDirectory
{
    public static Option<string> Option() => new("--data-dir") { Description = "The cluster's data directory", HelpName = "DIR" };

    public static string Of(string? given) => given ?? Environment.GetEnvironmentVariable("MINIK_DATA_DIR")
        ?? (Environment.IsPrivilegedProcess ? "/var/lib/minik" : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".minik"));
}
