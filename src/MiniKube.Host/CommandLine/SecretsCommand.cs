using System.CommandLine;

namespace MiniKube.Host;

/// <summary>`minik secrets`: how Secrets lie on the disk.</summary>
internal static class SecretsCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var (data, server) = (AdminClient.DataOption(), AdminClient.ServerOption());
        var rotate = new Command("rotate", "Encrypt every Secret, its history too, with a new key while the server runs; the old key goes at the end") { data, server };
        rotate.SetAction(async (parsed, cancel) =>
        {
            using var client = AdminClient.Open(parsed.GetValue(data), parsed.GetValue(server), error);
            if (client is null || await client.Ask(HttpMethod.Post, OwnerOrders.RotateSecrets, null, error, cancel) is not { } done) return 1;
            output.WriteLine(done.Text("message"));
            return 0;
        });
        return new Command("secrets", "Change how Secrets are encrypted on the disk") { rotate };
    }
}
