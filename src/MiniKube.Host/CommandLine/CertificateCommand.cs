using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using MiniKube.Machinery;
using MiniKube.Server.Pki;
using MiniKube.Store;

namespace MiniKube.Host;

/// <summary>`minik certificate`: what the cluster proves itself and its owner with; shown, and made anew.</summary>
internal static class CertificateCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var (data, server) = (AdminClient.DataOption(), AdminClient.ServerOption());
        (data.Recursive, server.Recursive) = (true, true);
        var json = new Option<string>("--output", "-o") { Description = "text or json", DefaultValueFactory = _ => "text" };
        json.AcceptOnlyFromAmong("text", "json");
        var list = new Command("list", "Show every certificate: whose, by whom, for which names, until when") { json };
        list.Aliases.Add("ls");
        list.SetAction(parsed =>
        {
            if (AdminClient.Keys(AdminClient.DataDirectory(parsed.GetValue(data)), error) is not { } keys) return 1;
            var all = CertificateInventory.Of(keys).ToList();
            if (parsed.GetValue(json) == "json") output.WriteLine(JsonList.Of([.. all.Select(c => Describe(c.File, c.Certificate, TimeProvider.System.GetUtcNow()))]));
            else Table(all, output);
            return 0;
        });
        var rotate = new Command("rotate", "Issue every certificate again but the authority's, with or without the server running; its connections stay");
        rotate.SetAction((parsed, cancel) => Order(parsed.GetValue(data), parsed.GetValue(server), OwnerOrders.RotateCertificates, pki => $"issued again: {string.Join(", ", pki.Reissue())}", output, error, cancel));
        var finish = new Option<bool>("--finish") { Description = "End the transition: certificates of former authorities count no more" };
        var authority = new Command("rotate-ca", """
            Replace the cluster's authority and everything it issued.

            Whoever knows only the old authority goes on trusting the server and being let in, until --finish.

            Example:
              minik certificate rotate-ca
              minik kubeconfig > ~/.kube/config     # and hand out new certificates wherever old ones are
              minik certificate rotate-ca --finish
            """) { finish };
        authority.SetAction((parsed, cancel) => parsed.GetValue(finish)
            ? Order(parsed.GetValue(data), parsed.GetValue(server), OwnerOrders.ForgetAuthorities, pki =>
            {
                pki.ForgetFormerAuthorities();
                return $"only {pki.Authority.Subject} is believed from here on";
            }, output, error, cancel)
            : Order(parsed.GetValue(data), parsed.GetValue(server), OwnerOrders.RotateAuthority, pki =>
            {
                pki.ReplaceAuthority();
                return $"the cluster's authority is now {pki.Authority.Subject}; what knows the one before goes on working until 'minik certificate rotate-ca --finish'";
            }, output, error, cancel));
        return new Command("certificate", "Show and replace the cluster's certificates") { data, server, list, rotate, authority };
    }

    /// <summary>Has a running server do it; where none runs, does it on the files and keeps one from starting meanwhile.</summary>
    private static async Task<int> Order(string? dataDir, string? server, string path, Func<ClusterPki, string> onFiles, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        using var client = AdminClient.Open(dataDir, server, error);
        if (client is null) return 1;
        try
        {
            var (held, _) = StateStore.KeepClosed(OwnerFiles.Store(client.Data));
            if (held is null)
            {
                if (await client.Ask(HttpMethod.Post, path, null, error, cancel) is not { } done) return 1;
                output.WriteLine(done.Text("message"));
                return 0;
            }
            using (held)
            {
                output.WriteLine(onFiles(client.Pki));
                if (OwnerFiles.LastKubeconfig(client.Data) is { } kubeconfig && File.Exists(kubeconfig))
                {
                    var mode = OperatingSystem.IsWindows() ? "600" : Convert.ToString((int)File.GetUnixFileMode(kubeconfig), 8);
                    Kubeconfig.Write(kubeconfig, Kubeconfig.For(client.Server, client.Pki.AuthorityPem, AdminClient.Certificate(client.Pki)), mode);
                }
                return 0;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            error.WriteLine($"minik: {e.Message}");
            return 1;
        }
    }

    private static JsonMap Describe(string file, X509Certificate2 certificate, DateTimeOffset now) => new()
    {
        { "name", file }, { "subject", certificate.Subject }, { "issuer", certificate.Issuer }, { "names", JsonList.OfTexts(Names(certificate)) },
        { "notBefore", Time(certificate.NotBefore) }, { "notAfter", Time(certificate.NotAfter) }, { "daysLeft", DaysLeft(certificate, now) },
    };

    private static void Table(List<(string File, X509Certificate2 Certificate)> all, TextWriter output)
    {
        var now = TimeProvider.System.GetUtcNow();
        string[][] rows = [["NAME", "SUBJECT", "ISSUER", "EXPIRES", "DAYS", "NAMES"], .. all.Select(c => (string[])
            [c.File, c.Certificate.Subject, c.Certificate.Issuer, Time(c.Certificate.NotAfter), $"{DaysLeft(c.Certificate, now)}", string.Join(",", Names(c.Certificate))])];
        var widths = Enumerable.Range(0, 5).Select(i => rows.Max(r => r[i].Length)).ToArray();
        foreach (var row in rows) output.WriteLine(string.Join("  ", row.Select((cell, i) => i < 5 ? cell.PadRight(widths[i]) : cell)).TrimEnd());
    }

    private static string[] Names(X509Certificate2 certificate)
    {
        var spec = CertificateSpec.Of(certificate);
        return [.. spec.DnsNames, .. spec.Addresses.Select(a => a.ToString())];
    }

    private static long DaysLeft(X509Certificate2 certificate, DateTimeOffset now) => (long)Math.Floor((certificate.NotAfter.ToUniversalTime() - now.UtcDateTime).TotalDays);

    private static string Time(DateTime at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
