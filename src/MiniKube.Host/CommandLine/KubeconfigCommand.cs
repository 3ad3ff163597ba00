using System.CommandLine;

namespace MiniKube.Host;

/// <summary>`minik kubeconfig`: the administrator's access, from the keys in the data directory.</summary>
internal static class KubeconfigCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var (data, server) = (AdminClient.DataOption(), AdminClient.ServerOption());
        var command = new Command("kubeconfig", "Print a kubeconfig for the administrator\n\nExample:\n  minik kubeconfig > ~/.kube/config") { data, server };
        command.SetAction(parsed =>
        {
            using var client = AdminClient.Open(parsed.GetValue(data), parsed.GetValue(server), error);
            if (client is null) return 1;
            output.Write(Kubeconfig.For(client.Server, client.Pki.AuthorityPem, AdminClient.Certificate(client.Pki)));
            return 0;
        });
        return command;
    }
}
