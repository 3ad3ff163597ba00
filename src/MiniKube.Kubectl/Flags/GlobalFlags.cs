namespace MiniKube.Kubectl;

/// <summary>What may be said with every command: which cluster, as whom, how patiently.</summary>
internal static class GlobalFlags
{
    public static readonly IReadOnlyList<FlagSpec> All =
    [
        FlagSpec.Text("kubeconfig", "The kubeconfig file to use"),
        FlagSpec.Text("context", "The kubeconfig context to use"),
        FlagSpec.Text("cluster", "The kubeconfig cluster to use"),
        FlagSpec.Text("user", "The kubeconfig user to use"),
        FlagSpec.Text("namespace", "The namespace to work in", 'n'),
        FlagSpec.Text("server", "Address of the API server", 's'),
        FlagSpec.Text("token", "Bearer token"),
        FlagSpec.Text("username", "Name for basic authentication"),
        FlagSpec.Text("password", "Password for basic authentication"),
        FlagSpec.Text("as", "Act in the name of this user"),
        FlagSpec.Many("as-group", "Act as a member of this group; may be repeated"),
        FlagSpec.Text("as-uid", "Act under this UID"),
        FlagSpec.Text("certificate-authority", "File with the authorities to trust"),
        FlagSpec.Text("client-certificate", "File with the client's certificate"),
        FlagSpec.Text("client-key", "File with the client's key"),
        FlagSpec.Switch("insecure-skip-tls-verify", "Believe whoever answers; this is not safe"),
        FlagSpec.Text("tls-server-name", "The name the server's certificate must have"),
        FlagSpec.Text("request-timeout", "Give up a single request after this long: 1s, 2m, 3h; 0 is never", standard: "0"),
        FlagSpec.Switch("warnings-as-errors", "End with an error when the server warned"),
        FlagSpec.Number("v", "How much to tell of the requests; from 6 on each") with { Short = 'v' },
        FlagSpec.Text("cache-dir", "Accepted and not needed: nothing is cached on disk"),
        FlagSpec.Switch("disable-compression", "Accepted and not needed"),
        FlagSpec.Switch("match-server-version", "Accepted and not needed"),
        FlagSpec.Switch("help", "Tell what the command does", 'h'),
    ];
}
