using System.Text;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Logs;
using MiniKube.Kubelet.Pods;
using MiniKube.Kubelet.Probes;

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

    [TestCase("A='1'\nB='x y'\n", "A=1;B=x y")]
    [TestCase("# no\n\n  A = '1'  \n", "A=1")]
    [TestCase("A='one\ntwo'\nB=plain text \n", "A=one\ntwo;B=plain text")]
    [TestCase("A='1'\nA='2'\r\n=x\nnothing\n", "A=2")]
    [TestCase("A='no end\nB='1'", "A=no end\nB=")]
    [TestCase("A='no end", "")]
    [TestCase("A=", "A=")]
    public void A_file_of_variables_is_read_as_a_shell_would(string text, string variables) => Assert.That(string.Join(';', EnvFile.Parse(text).Select(v => $"{v.Key}={v.Value}")), Is.EqualTo(variables));

    [Test]
    public void Variables_come_out_of_files_in_volumes()
    {
        static Container Asking(string volume, string key, bool optional = false) =>
            new() { Name = "c", Env = [new() { Name = "X", ValueFrom = new() { FileKeyRef = new() { VolumeName = volume, Path = "e", Key = key, Optional = optional } } }] };
        var around = new FieldValues.Surroundings("", "", "", new Dictionary<string, Machinery.Quantity>());
        var sources = new ContainerEnvironment.Sources(_ => null, _ => null, around, []) { VolumeFile = (volume, path) => (volume, path) == ("v", "e") ? "K='val'" : null };
        string Of(Container container) => ContainerEnvironment.Of(new Pod(), container, sources) is var (variables, fault) ? fault ?? string.Join(';', variables.Select(v => $"{v.Key}={v.Value}")) : "";
        Assert.That(Of(Asking("v", "K")), Is.EqualTo("X=val"));
        Assert.That(Of(Asking("v", "L")), Is.EqualTo("couldn't find key L in env file e of volume v"));
        Assert.That(Of(Asking("w", "K")), Is.EqualTo("couldn't read env file e in volume w"));
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
}
