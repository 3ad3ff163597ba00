namespace MiniKube.Host;

/// <summary>One thing a host may have.</summary>
internal sealed record HostCheck(string What, bool Ok, bool Needed, string Remedy);

/// <summary>What pods, their network and their limits need from the host.</summary>
internal static class HostChecks
{
    public static IEnumerable<HostCheck> All()
    {
        yield return new("running as root", Environment.IsPrivilegedProcess, true, "run with sudo; without root, 'minik server --runtime none' serves the API only");
        var docker = Exists("/var/run/docker.sock", "/run/docker.sock");
        var containerd = Exists("/run/containerd/containerd.sock");
        yield return new("Docker is running", docker, false, "apt-get install docker.io, and start dockerd");
        yield return new("containerd is running", containerd, false, "apt-get install containerd, and start it");
        yield return new("a container engine", docker || containerd || OnPath("containerd"), true, "apt-get install docker.io");
        yield return new("ip", OnPath("ip"), true, "apt-get install iproute2");
        yield return new("nft or iptables", OnPath("nft") || OnPath("iptables"), true, "apt-get install nftables iptables");
        yield return new("conntrack", OnPath("conntrack"), false, "apt-get install conntrack; without it UDP clients may hold on to pods that are gone");
        yield return new("cgroups", Directory.Exists("/sys/fs/cgroup"), true, "mount the cgroup file system at /sys/fs/cgroup");
        yield return new("IPv4 forwarding can be switched on", File.Exists("/proc/sys/net/ipv4/ip_forward"), true, "the kernel needs IPv4 forwarding");
        yield return new("bridges see iptables", File.Exists("/proc/sys/net/bridge/bridge-nf-call-iptables"), false, "modprobe br_netfilter");
    }

    private static bool Exists(params string[] paths) => paths.Any(Path.Exists);

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin"]).Any(d => d.Length > 0 && File.Exists(Path.Combine(d, program)));
}
