namespace MiniKube.Kubelet.Files;

/// <summary>Where a pod's files are on the node.</summary>
public sealed record PodDirectory(string Root, string PodUid)
{
    public string Path => System.IO.Path.Combine(Root, "pods", PodUid);
    public string Hosts => System.IO.Path.Combine(Path, "etc-hosts");
    public string ResolvConf => System.IO.Path.Combine(Path, "resolv.conf");
    public string Volumes => System.IO.Path.Combine(Path, "volumes");

    /// <summary>Which of the machine's users are its own.</summary>
    public string Users => System.IO.Path.Combine(Path, "userns");

    /// <summary>Makes the place for all of them: what is in their volumes is open to the users in containers, and so must not be to those of the machine.</summary>
    public static void Prepare(string root)
    {
        const UnixFileMode mode = (UnixFileMode)0b111_101_000;
        Directory.CreateDirectory(System.IO.Path.Combine(root, "pods"), mode).UnixFileMode = mode;
    }

    public string Volume(string plugin, string name) => System.IO.Path.Combine(Volumes, $"kubernetes.io~{plugin}", name);

    public string LastWords(string container, int attempt) => System.IO.Path.Combine(Path, "containers", container, $"{attempt}");

    public string SubPath(string volume, string container, int index) => System.IO.Path.Combine(Path, "volume-subpaths", volume, container, $"{index}");
}
