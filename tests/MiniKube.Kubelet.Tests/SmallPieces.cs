using System.Text;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Logs;
using MiniKube.Kubelet.Pods;
using MiniKube.Kubelet.Probes;
using MiniKube.Kubelet.Volumes;

namespace MiniKube.Kubelet.Tests;

[TestFixture]
public sealed class SmallPieces
{
    [TestCase("$(A)", "1")]
    [TestCase("x$(A)y$(B)", "x1y2")]
    [TestCase("$(C)", "$(C)")]
    [TestCase("$$(A)", "$(A)")]
    [TestCase("$$$(A)", "$1")]
    [TestCase("$A", "$A")]
    [TestCase("$(A", "$(A")]
    [TestCase("$", "$")]
    [TestCase("$()", "$()")]
    [TestCase("$$", "$")]
    [TestCase("$(A)$", "1$")]
    public void Expands(string text, string wanted) => Assert.That(Expansion.Expand(text, n => n switch { "A" => "1", "B" => "2", _ => null }), Is.EqualTo(wanted));

    [Test]
    public void A_part_of_a_volume_below_a_file_is_no_directory()
    {
        var volume = Directory.CreateTempSubdirectory("minik-part-");
        try
        {
            File.WriteAllText(Path.Combine(volume.FullName, "file"), "");
            Assert.That(SubPaths.Bind(volume.FullName, "file/below", Path.Combine(volume.FullName, "target"), null), Is.EqualTo(((string?)null, "file is not a directory")));
        }
        finally
        {
            volume.Delete(recursive: true);
        }
    }

    [FsCheck.NUnit.Property]
    public bool Text_without_dollars_stays(string? text) => text is null || text.Contains('$') || Expansion.Expand(text, _ => "x") == text;

    [Test]
    public void Back_off_doubles_up_to_five_minutes()
    {
        var waits = new List<double>();
        for (var wait = TimeSpan.Zero; waits.Count < 8;) waits.Add((wait = Restarts.Next(wait)).TotalSeconds);
        Assert.That(waits, Is.EqualTo(new double[] { 10, 20, 40, 80, 160, 300, 300, 300 }));
    }

    [FsCheck.NUnit.Property]
    public bool A_probe_changes_its_mind_only_at_a_threshold(bool[] answers, byte failures, byte successes)
    {
        var probe = new Probe { FailureThreshold = failures % 5 + 1, SuccessThreshold = successes % 3 + 1 };
        var count = new ProbeCount(true, false, 0);
        var row = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            row = i > 0 && answers[i] == answers[i - 1] ? row + 1 : 1;
            var before = count.Result;
            count = count.Next(answers[i], probe);
            if (count.Result != before && row < (answers[i] ? probe.SuccessThreshold : probe.FailureThreshold)) return false;
        }
        return true;
    }

    [TestCase("ClusterFirst", false, "search ns.svc.cluster.local svc.cluster.local cluster.local corp.example\nnameserver 10.43.0.10\noptions ndots:5\n")]
    [TestCase("ClusterFirst", true, "search corp.example\nnameserver 192.0.2.53\noptions timeout:2\n")]
    [TestCase("ClusterFirstWithHostNet", true, "search ns.svc.cluster.local svc.cluster.local cluster.local corp.example\nnameserver 10.43.0.10\noptions ndots:5\n")]
    [TestCase("Default", false, "search corp.example\nnameserver 192.0.2.53\noptions timeout:2\n")]
    public void Resolver_settings_follow_the_policy(string policy, bool hostNetwork, string wanted) =>
        Assert.That(ResolvConf.For(new PodSpec { DnsPolicy = policy, HostNetwork = hostNetwork }, "ns", "10.43.0.10", "cluster.local", "search corp.example\nnameserver 192.0.2.53\noptions timeout:2\n").Text(), Is.EqualTo(wanted));

    [Test]
    public void A_pods_own_resolver_settings_are_added()
    {
        var spec = new PodSpec { DnsPolicy = "ClusterFirst", DnsConfig = new() { Nameservers = ["1.1.1.1"], Searches = ["x.y"], Options = [new() { Name = "ndots", Value = "2" }, new() { Name = "rotate" }] } };
        Assert.That(ResolvConf.For(spec, "ns", "10.43.0.10", "cluster.local", "").Text(),
            Is.EqualTo("search ns.svc.cluster.local svc.cluster.local cluster.local x.y\nnameserver 10.43.0.10\nnameserver 1.1.1.1\noptions ndots:2 rotate\n"));
    }

    [Test]
    public void Later_variables_win_and_see_earlier_ones()
    {
        var container = new Container
        {
            Name = "c", EnvFrom = [new() { Prefix = "P_", ConfigMapRef = new() { Name = "m" } }],
            Env = [new() { Name = "A", Value = "1" }, new() { Name = "B", Value = "$(A)$(P_k)$(SVC_HOST)$(LATER)" }, new() { Name = "A", Value = "2" }, new() { Name = "K", ValueFrom = new() { ConfigMapKeyRef = new() { Name = "m", Key = "k" } } }],
        };
        var around = new FieldValues.Surroundings("", "", "", new Dictionary<string, Machinery.Quantity>());
        var sources = new ContainerEnvironment.Sources(n => n == "m" ? new ConfigMap { Data = new Dictionary<string, string> { ["k"] = "v" } } : null, _ => null, around, [new("SVC_HOST", "h")]);
        var (variables, fault) = ContainerEnvironment.Of(new Pod(), container, sources);
        Assert.That(fault, Is.Null);
        Assert.That(variables.Select(v => $"{v.Key}={v.Value}"), Is.EqualTo((string[])["P_k=v", "A=2", "B=1vh$(LATER)", "K=v", "SVC_HOST=h"]));
        var missing = container with { Env = [new() { Name = "X", ValueFrom = new() { SecretKeyRef = new() { Name = "s", Key = "k" } } }] };
        Assert.That(ContainerEnvironment.Of(new Pod(), missing, sources).Fault, Is.EqualTo("secret \"s\" not found"));
    }

    [TestCase("A='1'\nB='x y'\n", "B", "x y")]
    [TestCase("# no\n\n  \t A='1'  # and why\n", "A", "1")]
    [TestCase("A='one\n# two \n'\nB='2'", "A", "one\n# two \n")]
    [TestCase("A='one\ntwo'\nB='2'", "B", "2")]
    [TestCase("A='1'\r\nB='2'\r\n", "B", "2")]
    [TestCase("A='1'\nA='2'\n", "A", "1")]
    [TestCase("A='$B \\n \"x\" = #'\n", "A", "$B \\n \"x\" = #")]
    [TestCase("A= 'empty'\nB='1'", "A", "")]
    [TestCase("A= 'empty'\nB='1'", "B", "1")]
    [TestCase("A=''", "A", "")]
    [TestCase("A='1'\nnot read", "A", "1")]
    [TestCase("A='1'", "B", "")]
    [TestCase("", "A", "")]
    public void A_file_of_variables_is_read_as_a_shell_would(string text, string key, string value) => Assert.That(EnvFile.Find(text, key), Is.EqualTo((value, (string?)null)));

    [TestCase("A=1", "line 1: no single quotes around the text")]
    [TestCase("A=\"1\"", "line 1: no single quotes around the text")]
    [TestCase("A=", "line 1: no single quotes around the text")]
    [TestCase("\nA ='1'", "line 2: a blank before '='")]
    [TestCase("='1'", "line 1: no name")]
    [TestCase(" ='1'", "line 1: no name")]
    [TestCase("export A", "line 1: no '='")]
    [TestCase("A='1'2", "line 1: more behind the text")]
    [TestCase("A='1\n2' 3", "line 2: more behind the text")]
    [TestCase("B='2'\nA='no end\n\n", "line 2: no end of the text")]
    public void What_a_shell_would_read_otherwise_is_refused(string text, string fault) => Assert.That(EnvFile.Find(text, "Z").Fault, Is.EqualTo(fault));

    [Test]
    public void Variables_come_out_of_files_in_volumes()
    {
        static Container Asking(string volume, string key, bool optional = false) =>
            new() { Name = "c", Env = [new() { Name = "X", ValueFrom = new() { FileKeyRef = new() { VolumeName = volume, Path = "e", Key = key, Optional = optional } } }] };
        var around = new FieldValues.Surroundings("", "", "", new Dictionary<string, Machinery.Quantity>());
        var sources = new ContainerEnvironment.Sources(_ => null, _ => null, around, []) { VolumeFile = (volume, path) => (volume, path) == ("v", "e") ? "K='val'" : null };
        string Of(Container container) => ContainerEnvironment.Of(new Pod(), container, sources) is var (variables, fault) ? fault ?? string.Join(';', variables.Select(v => $"{v.Key}={v.Value}")) : "";
        Assert.That(Of(Asking("v", "K")), Is.EqualTo("X=val"));
        Assert.That(Of(Asking("v", "L")), Is.EqualTo("environment variable key \"L\" not found in file \"e\""));
        Assert.That(Of(Asking("w", "K")), Is.EqualTo("couldn't parse env file"));
        Assert.That((Of(Asking("v", "L", true)), Of(Asking("w", "K", true))), Is.EqualTo(("", "")));
    }

    [TestCase("e", "text")]
    [TestCase("in/e", "text")]
    [TestCase("link", null)]
    [TestCase("pipe", null)]
    [TestCase("in", null)]
    [TestCase("../outside", null)]
    [TestCase("none", null)]
    public void A_file_of_a_volume_is_read_inside_of_it_only(string path, string? text)
    {
        var directory = Directory.CreateTempSubdirectory("minik-volume-").FullName;
        try
        {
            var volume = Directory.CreateDirectory(Path.Combine(directory, "v")).FullName;
            Directory.CreateDirectory(Path.Combine(volume, "in"));
            foreach (var file in (string[])["v/e", "v/in/e", "outside"]) File.WriteAllText(Path.Combine(directory, file), "text");
            File.CreateSymbolicLink(Path.Combine(volume, "link"), Path.Combine(directory, "outside"));
            using (var made = System.Diagnostics.Process.Start("mkfifo", Path.Combine(volume, "pipe"))) made.WaitForExit();
            Assert.That(Volumes.SubPaths.Read(volume, path), Is.EqualTo(text));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [TestCase(0, 2)]
    [TestCase(1, 2)]
    [TestCase(100, 102)]
    [TestCase(1000, 1024)]
    [TestCase(1_000_000, 262_144)]
    public void Cpu_becomes_shares(long millis, long shares) => Assert.That(ResourceLimits.Shares(millis), Is.EqualTo(shares));

    [TestCase("Guaranteed", 0, -997)]
    [TestCase("BestEffort", 0, 1000)]
    [TestCase("Burstable", 0, 999)]
    [TestCase("Burstable", 500, 500)]
    [TestCase("Burstable", 1000, 3)]
    public void Who_asks_for_little_goes_first(string qos, long requested, int score) => Assert.That(ResourceLimits.OomScore(qos, requested, 1000), Is.EqualTo(score));

    [Test]
    public async Task Logs_can_be_read_from_the_end()
    {
        var file = Path.GetTempFileName();
        try
        {
            var text = string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"log\":\"line {i}\\n\",\"stream\":\"{(i % 2 == 0 ? "stdout" : "stderr")}\",\"time\":\"2026-01-01T00:00:{i % 60:00}Z\"}}\n"));
            await File.WriteAllTextAsync(file, text);
            Assert.That(await Read(file, new() { TailLines = 2 }), Is.EqualTo("line 4998\nline 4999\n"));
            Assert.That(await Read(file, new() { TailLines = 0 }), Is.Empty);
            Assert.That(await Read(file, new() { LimitBytes = 8 }), Is.EqualTo("line 0\nl"));
            Assert.That(await Read(file, new() { TailLines = 2, Stream = "Stderr" }), Is.EqualTo("line 4999\n"));
            Assert.That(await Read(file, new() { TailLines = 1, Timestamps = true }), Is.EqualTo("2026-01-01T00:00:19Z line 4999\n"));
            Assert.That((await Read(file, new())).Split('\n'), Has.Length.EqualTo(5001));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void Config_files_change_all_at_once()
    {
        var directory = Directory.CreateTempSubdirectory("atomic-");
        try
        {
            VolumeFile F(string path, string text) => new(path, Encoding.UTF8.GetBytes(text), 420);
            var now = DateTimeOffset.UnixEpoch;
            Assert.That(AtomicFiles.Write(directory.FullName, [F("a", "1"), F("sub/b", "2")], now), Is.True);
            Assert.That(AtomicFiles.Write(directory.FullName, [F("a", "1"), F("sub/b", "2")], now.AddSeconds(1)), Is.False);
            Assert.That(AtomicFiles.Write(directory.FullName, [F("a", "3")], now), Is.True);
            Assert.That(File.ReadAllText(Path.Combine(directory.FullName, "a")), Is.EqualTo("3"));
            Assert.That(Path.Exists(Path.Combine(directory.FullName, "sub")), Is.False);
            Assert.That(directory.GetFileSystemInfos().Select(f => f.Name), Has.Exactly(3).Items);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<string> Read(string file, LogOptions options)
    {
        var text = new StringBuilder();
        await foreach (var piece in LogReader.Read(file, options, () => true, TimeProvider.System, default)) text.Append(Encoding.UTF8.GetString(piece.Span));
        return text.ToString();
    }

    [TestCase(0, "0s")]
    [TestCase(308, "308ms")]
    [TestCase(1000, "1s")]
    [TestCase(1500, "1.5s")]
    [TestCase(10_000, "10s")]
    [TestCase(80_000, "1m20s")]
    [TestCase(300_000, "5m0s")]
    [TestCase(3_605_040, "1h0m5.04s")]
    public void Durations_are_told_as_everywhere(long milliseconds, string wanted) => Assert.That(Status.GoText.Of(TimeSpan.FromMilliseconds(milliseconds)), Is.EqualTo(wanted));

    [TestCase(null, null, null, "p")]
    [TestCase("h", null, null, "h")]
    [TestCase("h", "sub", null, "h")]
    [TestCase("h", "sub", true, "h.sub.ns.svc.cluster.local")]
    [TestCase("h", null, true, "h")]
    [TestCase("h", "a-name-that-is-much-too-long-for-the-kernel", true, "failed to construct FQDN from pod hostname and cluster domain, FQDN h.a-name-that-is-much-too-long-for-the-kernel.ns.svc.cluster.local is too long (64 characters is the max, 66 characters requested)")]
    public void The_kernel_knows_a_pod_by_its_hostname_or_all_of_it(string? hostname, string? subdomain, bool? full, string wanted)
    {
        var pod = new Pod { Metadata = new() { Name = "p", Namespace = "ns" }, Spec = new() { Hostname = hostname, Subdomain = subdomain, SetHostnameAsFQDN = full } };
        var (name, fault) = PodNames.OfKernel(pod, "cluster.local");
        Assert.That(fault ?? name, Is.EqualTo(wanted));
    }

    [TestCase(null, null, 1000)]
    [TestCase("400", null, 400)]
    [TestCase("4000", null, 1000)]
    [TestCase(null, "500", 500)]
    [TestCase("400", "500", 400)]
    [TestCase("600", "500", 500)]
    public void A_volume_in_memory_is_no_larger_than_what_its_pod_may_use(string? limit, string? ofPod, long wanted)
    {
        var limits = ofPod is null ? null : new Dictionary<string, Machinery.Quantity> { ["memory"] = Machinery.Quantity.Parse(ofPod) };
        var pod = new Pod { Spec = new() { Containers = [new() { Name = "c", Resources = new() { Limits = limits } }] } };
        var allocatable = new Dictionary<string, Machinery.Quantity> { ["memory"] = Machinery.Quantity.Parse("1000") };
        Assert.That(Volumes.MemoryVolume.Size(pod, limit is null ? null : Machinery.Quantity.Parse(limit), allocatable), Is.EqualTo(wanted));
    }

    [TestCase("$(B)", "missing value for B")]
    [TestCase("$(C)/$(B)/$(A)", "missing value for B, C")]
    [TestCase("$(ROOT)", "error SubPath `/x` must not be an absolute path")]
    [TestCase("a/$(UP)", "unable to provision SubPath `a/..`: must not contain '..'")]
    public void A_part_of_a_volume_has_a_name_or_its_container_none(string expression, string fault)
    {
        var container = new Container { Name = "c", VolumeMounts = [new() { Name = "v", MountPath = "/v", SubPathExpr = expression }] };
        string? Of(string name) => name switch { "A" => "..a", "B" => "", "ROOT" => "/x", "UP" => "..", _ => null };
        Assert.That(Volumes.Mounts.Of(container, new(), new Dictionary<string, string> { ["v"] = "/nowhere/v" }, new("/nowhere", "u"), Of, false).Fault, Is.EqualTo(fault));
    }

    [TestCase("{configMap: {name: m}}", true)]
    [TestCase("{secret: {secretName: s}}", true)]
    [TestCase("{downwardAPI: {items: []}}", true)]
    [TestCase("{projected: {sources: []}}", true)]
    [TestCase("{image: {reference: i}}", true)]
    [TestCase("{persistentVolumeClaim: {claimName: c, readOnly: true}}", true)]
    [TestCase("{persistentVolumeClaim: {claimName: c}}", false)]
    [TestCase("{nfs: {server: s, path: /p, readOnly: true}}", true)]
    [TestCase("{emptyDir: {}}", false)]
    [TestCase("{hostPath: {path: /p}}", false)]
    public void What_the_node_writes_into_a_volume_no_container_does(string source, bool kept)
    {
        var spec = ControlLoop.Resources.Of<Pod>().Read(Machinery.JsonWriter.ToUtf8(Machinery.YamlReader.Read($"{{apiVersion: v1, kind: Pod, spec: {{volumes: [{{name: v, {source[1..^1]}}}]}}}}"))).Spec!;
        Assert.That(Volumes.Mounts.ReadOnlyVolumes(spec).Contains("v"), Is.EqualTo(kept));
    }

    [Test]
    public void Last_words_are_the_end_of_what_was_written()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, new string('a', 5000) + "the end");
            Assert.That(LastWords.Read(file), Is.EqualTo(new string('a', 4096 - 7) + "the end"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestCase(null, null, null, "0 644")]
    [TestCase(5L, null, null, "5 600")]
    [TestCase(null, 6L, null, "6 600")]
    [TestCase(5L, 6L, null, "0 644")]
    [TestCase(null, null, 7L, "0 600")]
    [TestCase(5L, 6L, 7L, "0 600")]
    public void A_token_is_for_who_runs_the_containers(long? ofPod, long? ofOne, long? group, string wanted)
    {
        // The other container has what the pod says.
        var pod = new Pod
        {
            Spec = new()
            {
                SecurityContext = new() { RunAsUser = ofPod, FsGroup = group },
                Containers = ofOne is null ? [new() { Name = "a" }, new() { Name = "b" }] : ofPod is null ? [new() { Name = "a", SecurityContext = new() { RunAsUser = ofOne } }] : [new() { Name = "a", SecurityContext = new() { RunAsUser = ofOne } }, new() { Name = "b" }],
            },
        };
        var (owner, mode) = Volumes.VolumeSetup.TokenAccess(pod, 420);
        Assert.That($"{owner} {Convert.ToString(mode, 8)}", Is.EqualTo(wanted));
    }
}
