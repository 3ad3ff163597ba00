using MiniKube.Machinery;

namespace MiniKube.Host.Tests;

[TestFixture]
public sealed class SettingsTests
{
    private static (ServerSettings? Settings, IReadOnlyList<string> Faults) Read(params (string Name, string Value)[] given) =>
        SettingsReader.Server(name => [.. given.Where(g => g.Name == name).Select(g => g.Value)], privileged: true, "/home/me");

    [Test]
    public void Nothing_said_gives_the_documented_defaults()
    {
        var settings = Read(("node-name", "n")).Settings!;
        Assert.Multiple(() =>
        {
            Assert.That(settings.DataDir, Is.EqualTo("/var/lib/minik"));
            Assert.That(settings.HttpsPort, Is.EqualTo(6443));
            Assert.That(settings.ClusterDns, Is.EqualTo("10.43.0.10"));
            Assert.That(settings.WriteKubeconfig, Is.EqualTo("/etc/minik/kubeconfig"));
            Assert.That(settings.NodePorts, Is.EqualTo((30000, 32767)));
        });
    }

    [Test]
    public void The_store_is_kept_and_checked_as_told()
    {
        var told = Read(("node-name", "n"), ("history-window", "2h"), ("history-revisions", "7"), ("history-size", "3"), ("check-store", "full")).Settings!.ToStoreOptions(null!);
        Assert.That((told.KeepFor, told.KeepRevisions, told.KeepBytes, told.FullCheck), Is.EqualTo((TimeSpan.FromHours(2), 7L, 3L << 20, true)));
        var untold = Read(("node-name", "n")).Settings!.ToStoreOptions(null!);
        var own = new MiniKube.Store.StoreOptions();
        Assert.That((untold.KeepFor, untold.KeepRevisions, untold.KeepBytes, untold.FullCheck), Is.EqualTo((own.KeepFor, own.KeepRevisions, own.KeepBytes, false)));
    }

    [Test]
    public void What_admission_is_told_lies_in_a_file_or_in_one_beside_it()
    {
        var home = Directory.CreateTempSubdirectory("minik-test-").FullName;
        try
        {
            var file = Path.Combine(home, "admission.yaml");
            File.WriteAllText(file, "kind: AdmissionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nplugins:\n- name: PodSecurity\n  path: pods.yaml\n");
            Assert.That(Read(("node-name", "n"), ("admission-control-config-file", file)).Faults.Single(), Does.Contain("pods.yaml"));
            File.WriteAllText(Path.Combine(home, "pods.yaml"), "kind: PodSecurityConfiguration\nexemptions:\n  namespaces: [trusted]\n");
            var settings = Read(("node-name", "n"), ("admission-control-config-file", file)).Settings!;
            Assert.That(settings.ToServerOptions(() => "").Admission.PodSecurity.Namespaces, Is.EqualTo(new[] { "trusted" }));
            File.WriteAllText(file, "kind: Policy\n");
            Assert.That(Read(("node-name", "n"), ("admission-control-config-file", file)).Faults.Single(), Does.Contain("not an AdmissionConfiguration"));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    [Test]
    public void An_issuer_is_believed_as_told()
    {
        var ca = Path.GetTempFileName();
        try
        {
            var told = Read(("node-name", "n"), ("oidc-issuer-url", "https://issuer.example.com"), ("oidc-client-id", "minik"), ("oidc-username-claim", "email"), ("oidc-username-prefix", "o:"),
                ("oidc-groups-claim", "groups"), ("oidc-groups-prefix", "g:"), ("oidc-required-claim", "team=blue"), ("oidc-ca-file", ca), ("oidc-signing-algs", "ES256,PS256")).Settings!.Oidc!;
            Assert.Multiple(() =>
            {
                Assert.That((told.IssuerUrl, told.ClientId, told.UsernameClaim, told.NamePrefix, told.GroupsClaim, told.GroupsPrefix, told.CaFile),
                    Is.EqualTo(("https://issuer.example.com", "minik", "email", "o:", "groups", "g:", ca)));
                Assert.That(told.RequiredClaims, Is.EqualTo(new Dictionary<string, string> { ["team"] = "blue" }));
                Assert.That(told.SigningAlgs, Is.EqualTo(new[] { "ES256", "PS256" }));
            });
            var least = Read(("node-name", "n"), ("oidc-issuer-url", "https://issuer.example.com"), ("oidc-client-id", "minik")).Settings!.Oidc!;
            Assert.That((least.UsernameClaim, least.NamePrefix, least.SigningAlgs.Single()), Is.EqualTo(("sub", "https://issuer.example.com#", "RS256")));
        }
        finally
        {
            File.Delete(ca);
        }
    }

    [Test]
    public void An_ordinary_user_keeps_everything_at_home() =>
        Assert.That(SettingsReader.Server(_ => [], privileged: false, "/home/me").Settings!.DataDir, Is.EqualTo("/home/me/.minik"));

    [Test]
    public void DNS_moves_with_the_service_addresses() =>
        Assert.That(Read(("service-cidr", "10.96.0.0/12")).Settings!.ClusterDns, Is.EqualTo("10.96.0.10"));

    [TestCase("https-port", "99999", "from 1 to 65535")]
    [TestCase("runtime", "rkt", "auto, docker, containerd, simulated, none")]
    [TestCase("bind-address", "here", "IP address")]
    [TestCase("cluster-cidr", "10.0.0.0", "range of addresses")]
    [TestCase("service-node-port-range", "9-1", "FIRST-LAST")]
    [TestCase("write-kubeconfig-mode", "rw", "octal")]
    [TestCase("cluster-dns", "1.2.3.4", "not within")]
    [TestCase("node-name", "Not A Name", "lower case")]
    [TestCase("disable", "dns,gravity", "gravity")]
    [TestCase("node-label", "zone=a,node-role.kubernetes.io/edge=", "node-role.kubernetes.io/edge=: a node may not")]
    [TestCase("proxy-mode", "ipvs", "auto, nftables, iptables, userspace, none")]
    [TestCase("oidc-client-id", "minik", "must be given together")]
    [TestCase("authentication-config", "/nowhere/a.yaml", "there is no such file")]
    [TestCase("oidc-issuer-url", "https://issuer.example.com", "must be given together")]
    [TestCase("oidc-username-claim", "email", "without --oidc-issuer-url")]
    [TestCase("token-auth-file", "/no/such/file", "no such file")]
    [TestCase("admission-control-config-file", "/no/such/file", "no such file")]
    [TestCase("token", "short", "at least 16 characters")]
    [TestCase("history-window", "long", "duration such as")]
    [TestCase("snapshot-schedule", "now and then", "must be a schedule such as \"0 */12 * * *\" or none: expected exactly 5 fields")]
    [TestCase("history-revisions", "-1", "number from 0")]
    [TestCase("history-size", "0", "number from 1")]
    [TestCase("check-store", "slow", "quick, full")]
    public void A_bad_value_is_refused_with_what_is_allowed(string name, string value, string says) =>
        Assert.That(Read((name, value)).Faults, Has.Some.Contains(says).And.Some.Contains("--" + name));

    [Test]
    public void Issuers_come_from_a_file_or_from_flags()
    {
        var path = Path.Combine(Path.GetTempPath(), $"minik-authentication-{Guid.NewGuid():n}.yaml");
        try
        {
            File.WriteAllText(path, "");
            Assert.That(Read(("authentication-config", path)).Settings!.AuthenticationConfig, Is.EqualTo(path));
            Assert.That(Read(("authentication-config", path), ("oidc-issuer-url", "https://issuer.example.com"), ("oidc-client-id", "minik")).Faults, Is.EqualTo(new[] { "authentication-config file and oidc-* flags are mutually exclusive" }));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void The_scheduler_is_configured_by_a_file()
    {
        var path = Path.Combine(Path.GetTempPath(), $"minik-scheduler-{Guid.NewGuid():n}.yaml");
        try
        {
            const string Head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";
            File.WriteAllText(path, Head + "profiles: [{}, {schedulerName: packer}]\n");
            Assert.That(Read(("scheduler-config", path)).Settings!.Scheduling!.Profiles.Select(p => p.SchedulerName), Is.EqualTo(new[] { "default-scheduler", "packer" }));
            File.WriteAllText(path, Head + "profiles: [{plugins: {filter: {enabled: [{name: Nobody}]}}}]\n");
            Assert.That(Read(("scheduler-config", path)).Faults, Is.EqualTo(new[] { $"--scheduler-config {path}: profiles[0].plugins.filter: there is no plugin \"Nobody\"" }));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void The_command_line_beats_the_variable_and_the_variable_beats_the_file()
    {
        var flag = ServerFlags.All.First(f => f.Name == "https-port");
        var file = new JsonMap { { "https-port", 1 } };
        Assert.Multiple(() =>
        {
            Assert.That(new Sources(_ => ["3"], _ => "2", file).Of(flag), Is.EqualTo(new[] { "3" }));
            Assert.That(new Sources(_ => null, _ => "2", file).Of(flag), Is.EqualTo(new[] { "2" }));
            Assert.That(new Sources(_ => null, _ => null, file).Of(flag), Is.EqualTo(new[] { "1" }));
        });
    }

    [Test]
    public void A_static_token_line_names_user_uid_and_groups()
    {
        var (token, user) = StaticTokens.Parse("secret,jane,42,\"dev,ops\"")!.Value;
        Assert.Multiple(() =>
        {
            Assert.That(token, Is.EqualTo("secret"));
            Assert.That(user.Name, Is.EqualTo("jane"));
            Assert.That(user.Groups, Is.EquivalentTo(new[] { "dev", "ops", "system:authenticated" }));
        });
    }
}
