namespace MiniKube.Host;

/// <summary>Everything `minik server` can be told, in the order help shows it.</summary>
public static class ServerFlags
{
    public static IReadOnlyList<Flag> All { get; } =
    [
        new("Data", "data-dir", "DIR", "Where the cluster keeps everything") { Default = "/var/lib/minik" },
        new("Data", "encrypt-secrets", "", "Encrypt Secrets on the disk") { Switch = true, Default = "true" },
        new("Data", "token-auth-file", "FILE", "Static tokens: lines of token,user,uid,\"group,group\""),

        new("Data", "history-window", "DURATION", "How long every change stays readable") { Default = "1h" },
        new("Data", "history-revisions", "N", "How many changes stay readable, however old they are") { Default = "100000" },
        new("Data", "history-size", "MB", "How much history there is at most, however young it is") { Default = "512" },
        new("Data", "check-store", "HOW", "How the store is checked at start: quick (every object) or full (every page of the file too)") { Default = "quick" },

        new("Login", "authentication-config", "FILE", "AuthenticationConfiguration: issuers of tokens and who may come without one, followed while running; instead of --oidc-*"),
        new("Login", "oidc-issuer-url", "URL", "Issuer whose ID tokens let in (https)"),
        new("Login", "oidc-client-id", "ID", "Audience that its tokens must be for"),
        new("Login", "oidc-username-claim", "CLAIM", "Claim that names the user") { Default = "sub" },
        new("Login", "oidc-username-prefix", "TEXT", "What goes before that name; - for nothing (default: the issuer and #, nothing before an email)"),
        new("Login", "oidc-groups-claim", "CLAIM", "Claim that holds the groups"),
        new("Login", "oidc-groups-prefix", "TEXT", "What goes before each group"),
        new("Login", "oidc-required-claim", "KEY=VALUE", "Claim that a token must have") { Many = true },
        new("Login", "oidc-ca-file", "FILE", "Authorities to believe about the issuer's own certificate (default: those of the host)"),
        new("Login", "oidc-signing-algs", "ALG", "Algorithms its tokens may be signed with") { Many = true, Default = "RS256" },

        new("Listening", "bind-address", "IP", "Address the API server listens on") { Default = "0.0.0.0" },
        new("Listening", "https-port", "PORT", "Port the API server listens on") { Default = "6443" },
        new("Listening", "advertise-address", "IP", "Address at which others reach this server (default: that of the default route)"),
        new("Listening", "tls-san", "NAME", "More names and addresses in the serving certificate") { Many = true },
        new("Listening", "write-kubeconfig", "PATH", "Where the administrator's kubeconfig goes") { Default = "/etc/minik/kubeconfig" },
        new("Listening", "write-kubeconfig-mode", "MODE", "Its file mode") { Default = "600" },

        new("Cluster", "cluster-cidr", "CIDR", "Addresses of pods") { Default = "10.42.0.0/16" },
        new("Cluster", "service-cidr", "CIDR", "Addresses of services") { Default = "10.43.0.0/16" },
        new("Cluster", "cluster-dns", "IP", "Address of the cluster's DNS, within the service addresses") { Default = "10.43.0.10" },
        new("Cluster", "cluster-domain", "NAME", "Domain of the cluster") { Default = "cluster.local" },
        new("Cluster", "service-node-port-range", "FIRST-LAST", "Ports for NodePort services") { Default = "30000-32767" },
        new("Cluster", "admission-control-config-file", "FILE", "AdmissionConfiguration: what pod security asks by default, and whom it exempts"),
        new("Cluster", "token", "T", "Shared secret with which nodes ask for their certificate"),
        new("Cluster", "scheduler-config", "FILE", "Profiles, plugins and their arguments for the scheduler: a KubeSchedulerConfiguration"),
        new("Cluster", "disable", "PART", "Leave out built-in parts: dns, proxy, servicelb") { Many = true },

        new("Node", "disable-agent", "", "Run no pods on this machine") { Switch = true },
        new("Node", "runtime", "NAME", "Container engine: auto, docker, containerd, simulated (the whole node, but containers only pretend to run) or none") { Default = "auto" },
        new("Node", "container-runtime-endpoint", "URI", "Socket of the engine, if not the usual one"),
        new("Node", "node-name", "NAME", "Name of this node (default: the host name)"),
        new("Node", "node-ip", "IP", "Address of this node (default: that of the default route)"),
        new("Node", "node-label", "K=V", "Labels of this node") { Many = true },
        new("Node", "node-taint", "K=V:EFFECT", "Taints of this node") { Many = true },
        new("Node", "proxy-mode", "MODE", "Service proxy: auto, nftables, iptables, userspace or none") { Default = "auto" },
        new("Node", "pod-manifest-path", "DIR", "Directory of static pods, or one file"),
        new("Node", "manifest-url", "URL", "Address of more static pods"),
        new("Node", "kubelet-port", "PORT", "Port of the node's own API") { Default = "10250" },
        new("Node", "eviction-hard", "SIGNAL<AMOUNT", "Below which amounts or percentages pods are evicted") { Many = true, Default = "memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%,imagefs.available<15%,imagefs.inodesFree<5%" },
        new("Node", "eviction-soft", "SIGNAL<AMOUNT", "Below which amounts pods are evicted if it stays so for the grace period") { Many = true },
        new("Node", "eviction-soft-grace-period", "SIGNAL=DURATION", "How long a soft threshold may be met") { Many = true },
        new("Node", "eviction-max-pod-grace-period", "SECONDS", "Most time a pod has to end when evicted by a soft threshold") { Default = "0" },
        new("Node", "eviction-minimum-reclaim", "SIGNAL=AMOUNT", "How much more than the threshold must be free before pressure ends") { Many = true },
        new("Node", "system-reserved", "RESOURCE=AMOUNT", "Kept from pods for the system: cpu, memory, ephemeral-storage") { Many = true },
        new("Node", "kube-reserved", "RESOURCE=AMOUNT", "Kept from pods for the node's own programs") { Many = true },
        new("Node", "eviction-pressure-transition-period", "DURATION", "How long a pressure is reported after it has passed") { Default = "5m" },
        new("Node", "allowed-unsafe-sysctls", "NAME", "Kernel settings that pods may change although others may notice; a star at the end stands for any (kernel.msg*, net.core.somaxconn)") { Many = true },
        new("Node", "image-gc-high-threshold", "PERCENT", "Use of the disk at which unused images that were pulled begin to go; 100 for never") { Default = "85" },
        new("Node", "image-gc-low-threshold", "PERCENT", "Use of the disk at which they stop to go") { Default = "80" },
        new("Node", "log-keep-size", "MB", "How much of the logs of containers that are gone is kept, compressed; 0 for nothing") { Default = "256" },
        new("Node", "log-keep-age", "DURATION", "How long the logs of containers that are gone are kept") { Default = "168h" },
        new("Node", "simulate-nodes", "N", "Add this many pretended nodes, whose pods only pretend to run") { Default = "0" },

        new("Logging", "audit-log-path", "FILE", "Record who did what in this file, one JSON event a line"),
        new("Logging", "audit-policy-file", "FILE", "What to record of which requests (default: metadata of all)"),
        new("Logging", "audit-log-maxsize", "MB", "Size at which the audit log starts a new file") { Default = "100" },
        new("Logging", "audit-log-maxbackup", "N", "How many old audit files are kept") { Default = "10" },
        new("Logging", "audit-log-maxage", "DAYS", "How old they may become; 0 for as old as they like") { Default = "0" },
        new("Logging", "log-level", "LEVEL", "debug, info, warn or error") { Default = "info" },
        new("Logging", "log-format", "FORMAT", "text or json") { Default = "text" },
    ];
}
