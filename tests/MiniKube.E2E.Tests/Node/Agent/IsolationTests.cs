using System.Globalization;
using MiniKube.TestKit;
using static MiniKube.E2E.Tests.Node.Agent.AgentHost;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>What a container may and may not: as seen from inside of it.</summary>
public abstract class IsolationTests
{
    private const string Sleeps = "command: [sleep, \"1000\"]";

    [Test]
    public async Task Without_a_seccomp_profile_nothing_is_filtered_and_with_the_runtimes_something_is()
    {
        await Run("unfiltered", Sleeps);
        await Run("filtered", $"{Sleeps}, securityContext: {{seccompProfile: {{type: RuntimeDefault}}}}");
        Assert.That(await Status("unfiltered", "Seccomp:"), Is.EqualTo("0"));
        Assert.That(await Status("filtered", "Seccomp:"), Is.EqualTo("2"));
        await Gone("unfiltered");
        await Gone("filtered");
    }

    [Test]
    public async Task A_seccomp_profile_of_the_node_filters_what_it_says()
    {
        var profiles = Directory.CreateDirectory(Path.Combine(Minik.Directory, "agent", "seccomp")).FullName;
        await File.WriteAllTextAsync(Path.Combine(profiles, "nomkdir.json"), """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}""");
        await Run("unmaking", $"{Sleeps}, securityContext: {{seccompProfile: {{type: Localhost, localhostProfile: nomkdir.json}}}}");
        Assert.That((await Minik.Kubectl("exec unmaking -- mkdir /tmp/x")).All, Does.Contain("Operation not permitted"));
        await Do("apply -f -", Pod("profileless", $"{Sleeps}, securityContext: {{seccompProfile: {{type: Localhost, localhostProfile: nosuch.json}}}}"));
        await Told("profileless", $"cannot load seccomp profile \"{profiles}/nosuch.json\": open {profiles}/nosuch.json: no such file or directory");
        await Gone("unmaking");
        await Gone("profileless");
    }

    [TestCase("privileged: true")]
    [TestCase("capabilities: {add: [ALL]}")]
    public async Task All_capabilities_are_all_that_the_machine_has(string context)
    {
        var name = $"mighty-{context.Length}";
        await Run(name, $"{Sleeps}, securityContext: {{{context}}}");
        static ulong Bits(string hex) => ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        // An older engine doesn't know the newest three by name.
        const ulong known = (1UL << 38) - 1;
        var bounds = File.ReadLines($"/proc/{Minik.Id}/status").First(l => l.StartsWith("CapBnd:", StringComparison.Ordinal))["CapBnd:".Length..].Trim();
        Assert.That(Bits(await Status(name, "CapEff:")) & known, Is.EqualTo(Bits(bounds) & known));
        await Gone(name);
    }

    [Test]
    public async Task Capabilities_are_dropped_and_added()
    {
        await Run("capable", $"{Sleeps}, securityContext: {{capabilities: {{drop: [ALL], add: [NET_ADMIN]}}, allowPrivilegeEscalation: false}}");
        Assert.That(ulong.Parse(await Status("capable", "CapEff:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture), Is.EqualTo(1UL << 12));
        Assert.That(await Status("capable", "NoNewPrivs:"), Is.EqualTo("1"));
        await Gone("capable");
    }

    [Test]
    public async Task A_user_a_group_and_more_groups()
    {
        await Run("somebody", $"{Sleeps}, securityContext: {{readOnlyRootFilesystem: true}}", "securityContext: {runAsUser: 1001, runAsGroup: 1002, fsGroup: 1003, supplementalGroups: [1004]}");
        Assert.That((await Do("exec somebody -- id")).Trim(), Does.StartWith("uid=1001 gid=1002").And.Contain("1003").And.Contain("1004"));
        Assert.That((await Minik.Kubectl("exec somebody -- touch /x")).All, Does.Contain("Read-only file system"));
        await Gone("somebody");
    }

    [Test]
    public async Task The_kernels_files_are_hidden_and_shown_only_to_users_of_their_own()
    {
        await Run("masked", Sleeps);
        Assert.That((await Minik.Kubectl("exec masked -- sh -c 'grep -c \" /proc/sys \" /proc/mounts'")).Text.Trim(), Is.EqualTo("1"));
        // Uncovering them takes a pod whose root isn't the machine's, which not every engine can give it.
        await Do("apply -f -", Pod("unmasked", $"{Sleeps}, securityContext: {{procMount: Unmasked}}, volumeMounts: [{{name: h, mountPath: /h}}, {{name: i, mountPath: /i}}]",
            $"hostUsers: false, volumes: [{{name: h, hostPath: {{path: {Manifests}}}}}, {{name: i, image: {{reference: {DockerHost.Image}, pullPolicy: IfNotPresent}}}}]"));
        if (!await AblePods("userNamespaces"))
        {
            await Told("unmasked", "Warning:FailedCreatePodSandBox:Failed to create pod sandbox: can't set `spec.hostUsers: false`, runtime does not support user namespaces");
        }
        else
        {
            await Do("wait --for=condition=Ready pod/unmasked --timeout=180s");
            Assert.That((await Minik.Kubectl("exec unmasked -- sh -c 'grep -c \" /proc/sys \" /proc/mounts'")).Text.Trim(), Is.EqualTo("0"));
            Assert.That((await Do("exec unmasked -- cat /proc/self/uid_map")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["0", var first, "65536"] && int.Parse(first, CultureInfo.InvariantCulture) % 65536 == 0 && first != "0", Is.True);
            Assert.That(await Do("exec unmasked -- ls -lnd /h /i/bin"), Does.Match(@"^d\S+ +\d+ 0 +0 .*\nd\S+ +\d+ 0 +0 "));
        }
        await Gone("masked");
        await Gone("unmasked");
    }

    [Test]
    public async Task Sysctls_are_the_pods_own()
    {
        await Run("tuned", Sleeps, "securityContext: {sysctls: [{name: net.ipv4.ip_local_port_range, value: \"2000 3000\"}]}");
        Assert.That(string.Join(' ', (await Do("exec tuned -- cat /proc/sys/net/ipv4/ip_local_port_range")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), Is.EqualTo("2000 3000"));
        await Gone("tuned");
    }

    [Test]
    public async Task Processes_are_shared_when_asked_for()
    {
        await Run("alone", Sleeps);
        await Run("shared", Sleeps, "shareProcessNamespace: true");
        Assert.That(await Do("exec alone -- cat /proc/1/cmdline"), Does.StartWith("sleep"));
        Assert.That(await Do("exec shared -- cat /proc/1/cmdline"), Does.Not.StartWith("sleep"));
        await Gone("alone");
        await Gone("shared");
    }

    [Test]
    public async Task The_hosts_namespaces_are_the_hosts()
    {
        await Run("host", Sleeps, "hostPID: true, hostIPC: true, hostNetwork: true");
        foreach (var kind in (string[])["pid", "ipc", "net"])
            Assert.That((await Do($"exec host -- ls -l /proc/self/ns/{kind}")).Trim(), Does.EndWith(new FileInfo($"/proc/{Minik.Id}/ns/{kind}").LinkTarget!), kind);
        await Gone("host");
    }

    [Test]
    public async Task Classes_have_their_place_and_their_score()
    {
        await Run("guaranteed", $"{Sleeps}, resources: {{limits: {{cpu: 100m, memory: 32Mi}}}}");
        await Run("burstable", $"{Sleeps}, resources: {{requests: {{cpu: 100m, memory: 32Mi}}}}");
        await Run("besteffort", Sleeps);
        foreach (var (pod, place) in ((string, string)[])[("guaranteed", "/kubepods/pod"), ("burstable", "/kubepods/burstable/pod"), ("besteffort", "/kubepods/besteffort/pod")])
            Assert.That(await File.ReadAllTextAsync($"/proc/{await Pid(pod)}/cgroup"), Does.Contain(place + await Of(pod, ".metadata.uid")), pod);
        async Task<int> Score(string pod) => int.Parse(await File.ReadAllTextAsync($"/proc/{await Pid(pod)}/oom_score_adj"), CultureInfo.InvariantCulture);
        Assert.That(await Score("besteffort"), Is.EqualTo(1000));
        Assert.That(await Score("burstable"), Is.InRange(3, 999));
        Assert.That(await Score("guaranteed"), Is.LessThanOrEqualTo(0));
        // The pod as a whole is limited too.
        var uid = await Of("guaranteed", ".metadata.uid");
        string[] files = [$"/sys/fs/cgroup/memory/kubepods/pod{uid}/memory.limit_in_bytes", $"/sys/fs/cgroup/kubepods/pod{uid}/memory.max"];
        Assert.That((await File.ReadAllTextAsync(files.First(File.Exists))).Trim(), Is.EqualTo($"{32 << 20}"));
        // And all pods together are, if only to what there is.
        files = ["/sys/fs/cgroup/memory/kubepods/memory.limit_in_bytes", "/sys/fs/cgroup/kubepods/memory.max"];
        Assert.That(long.Parse((await File.ReadAllTextAsync(files.First(File.Exists))).Trim(), CultureInfo.InvariantCulture), Is.InRange(64L << 20, 1L << 50));
        files = ["/sys/fs/cgroup/pids/kubepods/pids.max", "/sys/fs/cgroup/kubepods/pids.max"];
        Assert.That((await File.ReadAllTextAsync(files.First(File.Exists))).Trim(), Does.Match(@"^\d+$"));
        foreach (var pod in (string[])["guaranteed", "burstable", "besteffort"]) await Gone(pod);
    }

    [Test]
    public async Task A_port_of_the_host_leads_to_the_pod()
    {
        await Run("hosted", "command: [sh, -c, \"echo here > /www/index.html; exec httpd -f -p 8080 -h /www\"], ports: [{containerPort: 8080, hostPort: 7650}]");
        await Until.True(async () => (await Shell.Run("curl", "-s -m 5 http://127.0.0.1:7650/")).Text.Trim() == "here");
        await Do("delete pod hosted");
        await Until.True(async () => (await Shell.Run("curl", "-s -m 2 http://127.0.0.1:7650/")).Code != 0);
    }

    private static async Task<string> Status(string pod, string field) =>
        (await Do($"exec {pod} -- grep ^{field} /proc/1/status"))[field.Length..].Trim();
}
