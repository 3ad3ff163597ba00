using System.Globalization;
using System.Net;
using MiniKube.Controllers;
using MiniKube.Kubelet.Eviction;
using MiniKube.Machinery;
using MiniKube.Scheduler.Configuration;
using MiniKube.Server.Oidc;

namespace MiniKube.Host;

/// <summary>From words to checked settings; every complaint says what is wrong and what is allowed.</summary>
internal sealed class SettingsReader(Func<string, IReadOnlyList<string>> values)
{
    private readonly List<string> faults = [];

    public static (ServerSettings? Settings, IReadOnlyList<string> Faults) Server(Func<string, IReadOnlyList<string>> values, bool privileged, string home)
    {
        var read = new SettingsReader(values);
        var settings = read.Server(privileged, home);
        return read.faults.Count == 0 ? (settings, []) : (null, read.faults);
    }

    public static (AgentSettings? Settings, IReadOnlyList<string> Faults) Agent(Func<string, IReadOnlyList<string>> values, bool privileged, string home)
    {
        var read = new SettingsReader(values);
        var settings = read.Node(new AgentSettings { DataDir = read.DataDir(privileged, home), Join = read.Join(), Secret = read.JoinSecret(), Disable = read.Many("disable", "dns", "proxy", "network-policy") });
        return read.faults.Count == 0 ? (settings, []) : (null, read.faults);
    }

    private string DataDir(bool privileged, string home) => Path.GetFullPath(Text("data-dir") ?? (privileged ? "/var/lib/minik" : Path.Combine(home, ".minik")));

    private Uri? Join()
    {
        if (Text("join") is not { } text) return null;
        if (Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}", UriKind.Absolute, out var url) && url is { Scheme: "https", Host.Length: > 0, PathAndQuery: "/" })
            return url.IsDefaultPort && !text.EndsWith(":443", StringComparison.Ordinal) ? new UriBuilder(url) { Port = 6443 }.Uri : url;
        faults.Add($"--join {text}: must be the address of a server, such as https://10.0.0.1:6443");
        return null;
    }

    private JoinSecret? JoinSecret()
    {
        if (Text("token") is not { } text) return null;
        var secret = MiniKube.Host.JoinSecret.Parse(text);
        if (secret is null) faults.Add("--token: must be a token such as abcdef.0123456789abcdef, or sha256:HASH:TOKEN, as 'minik token create --print-join-command' on the server prints it");
        return secret;
    }

    private ServerSettings Server(bool privileged, string home)
    {
        var service = Cidr("service-cidr", "10.43.0.0/16");
        var dns = Address("cluster-dns") ?? "10.43.0.10";
        if (Text("cluster-dns") is null && IPNetwork.TryParse(service, out var range) && !range.Contains(IPAddress.Parse(dns)))
            dns = MiniKube.Server.ServiceNetwork.Parse(service).At(10).ToString();
        if (IPNetwork.TryParse(service, out var network) && IPAddress.TryParse(dns, out var address) && !network.Contains(address))
            faults.Add($"--cluster-dns {dns} is not within --service-cidr {service}");
        return Node(new ServerSettings
        {
            DataDir = DataDir(privileged, home),
            BindAddress = Address("bind-address") ?? "0.0.0.0",
            HttpsPort = Port("https-port", 6443),
            AdvertiseAddress = Address("advertise-address"),
            TlsSans = Many("tls-san"),
            WriteKubeconfig = Text("write-kubeconfig") ?? (privileged ? "/etc/minik/kubeconfig" : Path.Combine(home, ".minik", "kubeconfig")),
            WriteKubeconfigMode = Mode("write-kubeconfig-mode", "600"),
            EncryptSecrets = Switch("encrypt-secrets", otherwise: true),
            Snapshots = Snapshots(),
            HistoryWindow = Duration("history-window", TimeSpan.FromHours(1)),
            HistoryRevisions = Number("history-revisions", 100_000, 0, int.MaxValue),
            HistorySize = Number("history-size", 512, 1, 1_000_000),
            FullStoreCheck = OneOf("check-store", "quick", "full") == "full",
            TokenAuthFile = File("token-auth-file"),
            Oidc = Oidc(),
            AuthenticationConfig = AuthenticationConfig(),
            ClusterCidr = Cidr("cluster-cidr", "10.42.0.0/16"),
            ServiceCidr = service,
            ClusterDns = dns,
            ClusterDomain = Text("cluster-domain") ?? "cluster.local",
            NodePorts = Range("service-node-port-range", (30000, 32767)),
            Token = Secret("token"),
            LocalStoragePath = Text("local-storage-path") is { } local ? Path.GetFullPath(local) : null,
            Disable = Many("disable", "dns", "proxy", "servicelb", "ingress", "network-policy", "local-storage"),
            DisableAgent = Switch("disable-agent"),
            IngressHttpPort = Number("ingress-http-port", 80, 0, 65535),
            IngressHttpsPort = Number("ingress-https-port", 443, 0, 65535),
            Scheduling = Scheduling("scheduler-config"),
            SimulateNodes = Number("simulate-nodes", 0, 0, 100_000),
            AuditLogPath = Text("audit-log-path"),
            AuditPolicyFile = File("audit-policy-file"),
            Admission = Admission(),
            AuditLogMaxSize = Number("audit-log-maxsize", 100, 1, 1_000_000),
            AuditLogMaxBackup = Number("audit-log-maxbackup", 10, 0, 1_000_000),
            AuditLogMaxAge = Number("audit-log-maxage", 0, 0, 36_500),
        });
    }

    /// <summary>What every node can be told.</summary>
    private T Node<T>(T settings) where T : NodeSettings
    {
        if (Number("image-gc-low-threshold", 80, 0, 100) > Number("image-gc-high-threshold", 85, 1, 100))
            faults.Add("--image-gc-low-threshold must not be above --image-gc-high-threshold");
        return settings with
        {
            Runtime = OneOf("runtime", settings is AgentSettings ? ["auto", "docker", "containerd", "simulated"] : ["auto", "docker", "containerd", "simulated", "none"]),
            ContainerRuntimeEndpoint = Text("container-runtime-endpoint"),
            NodeName = NodeName(),
            NodeIp = Address("node-ip"),
            NodeLabels = NodeLabels(),
            NodeTaints = Many("node-taint"),
            ProxyMode = OneOf("proxy-mode", "auto", "nftables", "iptables", "userspace", "none"),
            PodManifestPath = Text("pod-manifest-path"),
            ManifestUrl = Url("manifest-url"),
            Eviction = Thresholds(),
            EvictionMaxPodGrace = TimeSpan.FromSeconds(Number("eviction-max-pod-grace-period", 0, 0, int.MaxValue)),
            Reserved = Reserved("system-reserved", "kube-reserved"),
            EvictionTransition = Duration("eviction-pressure-transition-period", TimeSpan.FromMinutes(5)),
            AllowedSysctls = Sysctls("allowed-unsafe-sysctls"),
            KubeletPort = Port("kubelet-port", 10250),
            ImageGcHigh = Number("image-gc-high-threshold", 85, 1, 100),
            ImageGcLow = Number("image-gc-low-threshold", 80, 0, 100),
            LogKeepSize = Number("log-keep-size", 256, 0, 1_000_000),
            LogKeepAge = Duration("log-keep-age", TimeSpan.FromDays(7)),
            LogLevel = Enum.Parse<LogLevel>(OneOf("log-level", "info", "debug", "warn", "error"), ignoreCase: true),
            JsonLog = OneOf("log-format", "text", "json") == "json",
        };
    }

    private string? Secret(string name)
    {
        var secret = Text(name);
        if (secret is { Length: < 16 }) faults.Add($"--{name}: must have at least 16 characters, or it could be guessed");
        return secret;
    }

    private MiniKube.Server.AdmissionConfiguration Admission()
    {
        const string flag = "admission-control-config-file";
        if (File(flag) is not { } path || !System.IO.File.Exists(path)) return MiniKube.Server.AdmissionConfiguration.Default;
        // A file that it names lies beside it.
        var home = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            var read = MiniKube.Server.AdmissionConfiguration.Read(System.IO.File.ReadAllText(path), other => System.IO.File.ReadAllText(Path.Combine(home, other)));
            if (read.Error is null) return read.Value;
            faults.Add($"--{flag} {path}: {read.Error.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add($"--{flag} {path}: {e.Message}");
        }
        return MiniKube.Server.AdmissionConfiguration.Default;
    }

    private string? AuthenticationConfig()
    {
        var path = File("authentication-config");
        if (path is not null && ServerFlags.All.Any(f => f.Name.StartsWith("oidc-", StringComparison.Ordinal) && Text(f.Name) is not null))
            faults.Add("authentication-config file and oidc-* flags are mutually exclusive");
        return path;
    }

    private OidcOptions? Oidc()
    {
        var (issuer, client) = (Text("oidc-issuer-url"), Text("oidc-client-id"));
        if ((issuer is null) != (client is null)) faults.Add("--oidc-issuer-url and --oidc-client-id must be given together");
        if (issuer is null || client is null)
        {
            foreach (var other in ServerFlags.All.Where(f => issuer is null && client is null && f.Name.StartsWith("oidc-", StringComparison.Ordinal) && Text(f.Name) is not null))
                faults.Add($"--{other.Name} says nothing without --oidc-issuer-url");
            return null;
        }
        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var url) || url.Scheme != "https" || url.Query.Length + url.Fragment.Length > 0) faults.Add($"--oidc-issuer-url {issuer}: must be an address such as https://issuer.example.com, without query");
        var required = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in Many("oidc-required-claim"))
        {
            if (pair.Split('=', 2) is [{ Length: > 0 } key, var value]) required[key] = value;
            else faults.Add($"--oidc-required-claim {pair}: must be KEY=VALUE");
        }
        return new OidcOptions(issuer, client)
        {
            UsernameClaim = Text("oidc-username-claim") ?? "sub", UsernamePrefix = Text("oidc-username-prefix"), GroupsClaim = Text("oidc-groups-claim"), GroupsPrefix = Text("oidc-groups-prefix") ?? "",
            RequiredClaims = required, CaFile = File("oidc-ca-file"),
            SigningAlgs = Many("oidc-signing-algs", OidcOptions.AllSigningAlgs) is { Count: > 0 } some ? some : ["RS256"],
        };
    }

    private string? Text(string name) => values(name) is [.., var last] && last.Length > 0 ? last : null;

    private string NodeName()
    {
        var name = Text("node-name") ?? Environment.MachineName.ToLowerInvariant();
        if (name.Length > 253 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.') || !char.IsAsciiLetterOrDigit(name[0]))
            faults.Add($"--node-name {name}: a node's name consists of lower case letters, digits, '-' and '.', and starts with a letter or digit");
        return name;
    }

    /// <summary>What a node may not say of itself would keep it from registering.</summary>
    private List<string> NodeLabels()
    {
        var all = Many("node-label");
        foreach (var label in all.Where(l => !MiniKube.Server.NodeLabels.MayBeSetByNode(l.Split('=')[0])))
            faults.Add($"--node-label {label}: a node may not give itself this label of Kubernetes' own: set it with kubectl once the node is there");
        return all;
    }

    private bool Switch(string name, bool otherwise = false)
    {
        var value = Text(name) ?? (otherwise ? "true" : "false");
        if (value is not ("true" or "false")) faults.Add($"--{name} {value}: must be true or false");
        return value == "true";
    }

    private string? Address(string name)
    {
        if (Text(name) is not { } text) return null;
        if (!IPAddress.TryParse(text, out _)) faults.Add($"--{name} {text}: must be an IP address");
        return text;
    }

    private string? Url(string name)
    {
        if (Text(name) is not { } text) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) faults.Add($"--{name} {text}: must be an address such as http://host/path");
        return text;
    }

    private IReadOnlyList<Threshold> Thresholds()
    {
        string All(string name) => string.Join(',', values(name));
        var (hard, fault) = values("eviction-hard").Count == 0 ? (Threshold.Defaults, null) : Threshold.Parse(All("eviction-hard"));
        if (fault is not null) faults.Add($"--eviction-hard {fault}");
        var (thresholds, softFault) = Threshold.Combine(hard, All("eviction-soft"), All("eviction-soft-grace-period"), All("eviction-minimum-reclaim"), Durations.Parse);
        if (softFault is not null) faults.Add($"--eviction-soft, --eviction-soft-grace-period, --eviction-minimum-reclaim: {softFault}");
        return thresholds;
    }

    private IReadOnlyList<string> Sysctls(string name)
    {
        var patterns = Many(name);
        faults.AddRange(patterns.Select(Kubelet.Containers.Sysctls.FaultOf).OfType<string>().Select(f => $"--{name}: {f}"));
        return patterns;
    }

    private SchedulerConfiguration? Scheduling(string name)
    {
        if (File(name) is not { } path || !System.IO.File.Exists(path)) return null;
        var (configuration, wrong) = SchedulerConfiguration.Read(System.IO.File.ReadAllText(path));
        faults.AddRange(wrong.Select(w => $"--{name} {path}: {w}"));
        return configuration;
    }

    /// <summary>What the flags keep from pods, together.</summary>
    private Dictionary<string, Quantity> Reserved(params string[] names)
    {
        var sum = new Dictionary<string, Quantity>();
        foreach (var name in names)
        {
            foreach (var one in values(name).SelectMany(v => v.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
            {
                if (one.Split('=') is [("cpu" or "memory" or "ephemeral-storage" or "pid") and var resource, var text] && Quantity.TryParse(text, out var amount, out _) && amount.Sign >= 0) sum[resource] = sum.GetValueOrDefault(resource, Quantity.Zero) + amount;
                else faults.Add($"--{name} {one}: must be RESOURCE=AMOUNT, of cpu, memory, ephemeral-storage or pid");
            }
        }
        return sum;
    }

    private SnapshotSchedule? Snapshots()
    {
        var (text, keep) = (Text("snapshot-schedule") ?? "0 */12 * * *", Number("snapshot-retention", 5, 1, 1000));
        if (text is "none") return null;
        if (CronSchedule.Parse(text, out var fault) is { } times) return new(times, keep);
        faults.Add($"--snapshot-schedule {text}: must be a schedule such as \"0 */12 * * *\" or none: {fault}");
        return null;
    }

    private TimeSpan Duration(string name, TimeSpan otherwise)
    {
        if (Text(name) is not { } text) return otherwise;
        if (Durations.Parse(text) is { } duration) return duration;
        faults.Add($"--{name} {text}: must be a duration such as 90s, 5m or 1h");
        return otherwise;
    }

    private string Cidr(string name, string otherwise)
    {
        var text = Text(name) ?? otherwise;
        if (!IPNetwork.TryParse(text, out _)) faults.Add($"--{name} {text}: must be a range of addresses such as {otherwise}");
        return text;
    }

    private int Port(string name, int otherwise) => Number(name, otherwise, 1, 65535);

    private int Number(string name, int otherwise, int least, int most)
    {
        if (Text(name) is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        faults.Add($"--{name} {text}: must be a number from {least} to {most}");
        return otherwise;
    }

    private (int, int) Range(string name, (int, int) otherwise)
    {
        if (Text(name) is not { } text) return otherwise;
        var parts = text.Split('-', ':');
        if (parts.Length == 2 && int.TryParse(parts[0], out var first) && int.TryParse(parts[1], out var last) && first >= 1 && first <= last && last <= 65535) return (first, last);
        faults.Add($"--{name} {text}: must be FIRST-LAST, such as 30000-32767");
        return otherwise;
    }

    private string Mode(string name, string otherwise)
    {
        var text = Text(name) ?? otherwise;
        if (text.Length is not (3 or 4) || text.Any(c => c is < '0' or > '7')) faults.Add($"--{name} {text}: must be an octal file mode such as 600 or 644");
        return text;
    }

    /// <summary>The first of the allowed words is the default.</summary>
    private string OneOf(string name, params string[] allowed)
    {
        var text = Text(name) ?? allowed[0];
        if (allowed.Contains(text)) return text;
        faults.Add($"--{name} {text}: must be one of {string.Join(", ", allowed)}");
        return allowed[0];
    }

    private List<string> Many(string name, params string[] allowed)
    {
        var all = values(name).SelectMany(v => v.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        foreach (var wrong in all.Where(v => allowed.Length > 0 && !allowed.Contains(v)))
            faults.Add($"--{name} {wrong}: must be one of {string.Join(", ", allowed)}");
        return all;
    }

    private string? File(string name)
    {
        if (Text(name) is not { } path) return null;
        if (!System.IO.File.Exists(path)) faults.Add($"--{name} {path}: there is no such file");
        return path;
    }
}
