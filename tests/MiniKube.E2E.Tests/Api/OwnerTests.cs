using System.Text.Json;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Api;

/// <summary>The owner's commands for tokens, keys and certificates, through the executable.</summary>
[TestFixture]
public sealed class OwnerTests
{
    private static Task<Output> Minik(MinikProcess of, string command) => Shell.Run(MinikProcess.Binary, $"{command} --data-dir {of.Directory}");

    private static Task<Output> Curl(MinikProcess minik, string path, string more) => Shell.Run("curl", $"-s {more} https://127.0.0.1:{minik.Port}{path}");

    [TestCase("token create --ttl soon", "--ttl")]
    [TestCase("token create nonsense", "nonsense")]
    [TestCase("token create --usages joining", "signing, authentication")]
    [TestCase("token create --groups system:masters", "system:bootstrappers:")]
    [TestCase("token delete ABC", "ABC")]
    [TestCase("token list -o yaml", "yaml")]
    [TestCase("secrets frob", "frob")]
    [TestCase("certificate list -o yaml", "yaml")]
    [TestCase("certificate rotate-ca --bogus", "--bogus")]
    public async Task A_mistake_ends_with_2_and_says_what_is_allowed(string command, string says)
    {
        var output = await Shell.Run(MinikProcess.Binary, command);
        Assert.Multiple(() =>
        {
            Assert.That(output.Code, Is.EqualTo(2), output.All);
            Assert.That(output.Errors, Does.Contain(says).IgnoreCase);
        });
    }

    [TestCase("token list")]
    [TestCase("secrets rotate")]
    [TestCase("certificate list")]
    [TestCase("certificate rotate")]
    public async Task Without_a_cluster_it_says_so(string command)
    {
        var output = await Shell.Run(MinikProcess.Binary, $"{command} --data-dir /nonexistent/minik");
        Assert.That((output.Code, output.Errors), Is.EqualTo((1, "minik: there is no cluster in /nonexistent/minik: start one with 'minik server', or name its --data-dir\n")));
    }

    [Test]
    public async Task A_token_lets_in_until_it_is_deleted()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        var token = (await Minik(minik, "token create --ttl 2h --description 'the edge box' --usages authentication --groups system:bootstrappers:edge")).Text.Trim();
        Assert.That(token, Does.Match(@"\A[a-z0-9]{6}\.[a-z0-9]{16}\z"));
        const string whoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        Task<Output> Ask() => Curl(minik, whoAmI, $"-k -X POST -H 'Content-Type: application/json' -H 'Authorization: Bearer {token}' -d '{{\"kind\":\"SelfSubjectReview\",\"apiVersion\":\"authentication.k8s.io/v1\"}}'");
        Assert.That((await Ask()).Text, Does.Contain($"system:bootstrap:{token[..6]}").And.Contain("system:bootstrappers:edge"));
        using var listed = JsonDocument.Parse((await Minik(minik, "token list -o json")).Text);
        var only = listed.RootElement.EnumerateArray().Single();
        Assert.Multiple(async () =>
        {
            Assert.That(only.GetProperty("token").GetString(), Is.EqualTo(token));
            Assert.That(only.GetProperty("usages").GetString(), Is.EqualTo("authentication"));
            Assert.That(only.GetProperty("expires").GetString(), Does.EndWith("Z"));
            Assert.That((await Minik(minik, "token list")).Text, Does.Contain("the edge box").And.StartWith("TOKEN"));
            Assert.That((await Minik(minik, $"token create {token}")).Errors, Does.Contain("already exists"));
        });
        Assert.That((await Minik(minik, $"token delete {token[..6]}")).Text, Is.EqualTo($"deleted {token[..6]}\n"));
        var again = await Minik(minik, $"token delete {token}");
        Assert.That((again.Code, again.Errors.Contains("not found", StringComparison.Ordinal)), Is.EqualTo((1, true)), again.All);
        Assert.That((await Ask()).Text, Does.Contain("Unauthorized"));
    }

    [Test]
    public async Task Secrets_get_another_key_while_the_server_runs()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        await minik.Kubectl("create secret generic s --from-literal=k=PLAINTEXT");
        var keys = Path.Combine(minik.Directory, "pki", "secrets.keys");
        var before = await File.ReadAllLinesAsync(keys);
        var rotated = await Minik(minik, "secrets rotate");
        Assert.That(rotated.Code, Is.Zero, rotated.All);
        var after = await File.ReadAllLinesAsync(keys);
        Assert.That((after.Length, after[0][..2], after[0] == before[0]), Is.EqualTo((1, "2 ", false)));
        await minik.Kill();
        await minik.Run();
        Assert.That((await minik.Kubectl("get secret s -o jsonpath={.data.k}")).Text, Is.EqualTo("UExBSU5URVhU"));
        Assert.That((await minik.Kubectl("--as nobody create --raw /minik/secrets/rotate -f /dev/null")).All, Does.Contain("cannot post path \"/minik/secrets/rotate\""));
    }

    [Test]
    public async Task What_the_controllers_do_is_on_record_too()
    {
        var log = Path.GetTempFileName();
        try
        {
            await using var minik = await MinikProcess.Start("--runtime", "none", "--audit-log-path", log);
            await minik.Kubectl("create namespace audited");
            await Until.True(() => File.ReadLines(log).Any(l => l.Contains("\"requestURI\":\"/api/v1/namespaces/audited/serviceaccounts", StringComparison.Ordinal)
                && l.Contains("\"username\":\"system:serviceaccount:kube-system:", StringComparison.Ordinal)));
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Test]
    public async Task Certificates_are_shown()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none", "--tls-san", "cluster.example.com");
        using var listed = JsonDocument.Parse((await Minik(minik, "certificate list -o json")).Text);
        var serving = listed.RootElement.EnumerateArray().Single(c => c.GetProperty("name").GetString() == "apiserver");
        Assert.Multiple(async () =>
        {
            Assert.That(serving.GetProperty("issuer").GetString(), Is.EqualTo("CN=minik-ca"));
            Assert.That(serving.GetProperty("daysLeft").GetInt32(), Is.InRange(363, 365));
            Assert.That(serving.GetProperty("names").EnumerateArray().Select(n => n.GetString()), Does.Contain("cluster.example.com").And.Contain("127.0.0.1"));
            Assert.That((await Minik(minik, "certificate list")).Text, Does.StartWith("NAME").And.Contain("CN=system:admin").And.Contain("CN=system:kube-scheduler").And.Contain("CN=system:kube-controller-manager"));
        });
    }

    [Test]
    public async Task Certificates_are_issued_again_running_or_not()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        var first = await Served(minik);
        var kubeconfig = await File.ReadAllTextAsync(minik.Kubeconfig);
        Assert.That((await Minik(minik, "certificate rotate")).Text, Does.StartWith("issued again: admin, apiserver"));
        var second = await Served(minik);
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That((await minik.Kubectl("get --raw /readyz")).Text, Is.EqualTo("ok"));
        var renewed = await File.ReadAllTextAsync(minik.Kubeconfig);
        Assert.That(renewed, Is.Not.EqualTo(kubeconfig));
        await minik.Stop();
        Assert.That((await Minik(minik, "certificate rotate")).Code, Is.Zero);
        Assert.That(await File.ReadAllTextAsync(minik.Kubeconfig), Is.Not.EqualTo(renewed));
        Assert.That(File.GetUnixFileMode(minik.Kubeconfig), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        await minik.Run();
        Assert.That(await Served(minik), Is.Not.EqualTo(second));
        Assert.That((await minik.Kubectl("get --raw /readyz")).Text, Is.EqualTo("ok"));
    }

    [Test]
    public async Task Another_authority_locks_nobody_out_until_the_end_of_the_transition()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        var former = Path.Combine(minik.Directory, "former");
        File.Copy(minik.Kubeconfig, former);
        var authority = Path.Combine(minik.Directory, "former.crt");
        File.Copy(Path.Combine(minik.Directory, "pki", "ca.crt"), authority);
        Task<Output> Former() => minik.Kubectl($"--kubeconfig {former} get --raw /api/v1/namespaces/default");

        foreach (var _ in new[] { 1, 2 })
        {
            var rotated = await Minik(minik, "certificate rotate-ca");
            Assert.That(rotated.Code, Is.Zero, rotated.All);
            Assert.Multiple(async () =>
            {
                Assert.That((await Former()).All, Does.Contain("\"name\":\"default\""), "a kubeconfig of before, by a Go client");
                Assert.That((await minik.Kubectl("get --raw /readyz")).All, Is.EqualTo("ok"));
                Assert.That((await Curl(minik, "/readyz", $"--cacert {authority}")).All, Is.EqualTo("ok"), "the authority of before, by an OpenSSL client");
                Assert.That((await Curl(minik, "/readyz", $"--cacert {Path.Combine(minik.Directory, "pki", "ca.crt")}")).All, Is.EqualTo("ok"));
            });
        }
        var published = (await minik.Kubectl("get configmap -n kube-public kube-root-ca.crt -o jsonpath={.data.ca\\.crt}")).Text;
        Assert.That(published.Split("BEGIN CERTIFICATE"), Has.Length.EqualTo(4));
        Assert.That(published, Does.Contain((await File.ReadAllTextAsync(authority)).Trim()));
        await minik.Stop();
        await minik.Run();
        Assert.That((await Former()).All, Does.Contain("\"name\":\"default\""), "after another start");

        Assert.That((await Minik(minik, "certificate rotate-ca --finish")).Code, Is.Zero);
        Assert.Multiple(async () =>
        {
            Assert.That((await Former()).Code, Is.Not.Zero);
            Assert.That((await Curl(minik, "/readyz", $"--cacert {authority}")).Code, Is.EqualTo(60));
            Assert.That((await minik.Kubectl("get --raw /readyz")).All, Is.EqualTo("ok"));
        });
    }

    private static async Task<string> Served(MinikProcess minik)
    {
        var all = (await Shell.Run("openssl", $"s_client -connect 127.0.0.1:{minik.Port} -servername localhost", "")).Text;
        var at = all.IndexOf("-----BEGIN CERTIFICATE", StringComparison.Ordinal);
        return all[at..all.IndexOf("-----END CERTIFICATE", at, StringComparison.Ordinal)];
    }
}
