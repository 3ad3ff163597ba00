using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Api;

/// <summary>The executable itself: starting, stopping, being killed, being used wrongly.</summary>
[TestFixture]
public sealed class ProcessTests
{
    private static Task<Output> Curl(MinikProcess minik, string path, string more = "") =>
        Shell.Run("curl", $"-sk {more} https://127.0.0.1:{minik.Port}{path}");

    [Test]
    public async Task It_answers_its_version() =>
        Assert.That((await Shell.Run(MinikProcess.Binary, "--version")).Text, Does.StartWith("minik "));

    [TestCase("server --bogus", "--bogus")]
    [TestCase("server --https-port 0", "from 1 to 65535")]
    [TestCase("logs --since later", "must be a duration")]
    [TestCase("server --runtime podman", "auto, docker, containerd, simulated, none")]
    [TestCase("frob", "frob")]
    public async Task A_mistake_ends_with_2_and_says_what_is_allowed(string command, string says)
    {
        var output = await Shell.Run(MinikProcess.Binary, command);
        Assert.Multiple(() =>
        {
            Assert.That(output.Code, Is.EqualTo(2));
            Assert.That(output.Errors, Does.Contain(says));
        });
    }

    [Test]
    public async Task A_second_one_on_the_same_data_names_the_first()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        var second = await Shell.Run(MinikProcess.Binary, $"server --data-dir {minik.Directory} --https-port 1 --runtime none");
        Assert.That(second.Code, Is.EqualTo(1));
        Assert.That(second.Errors, Does.Contain($"in use by process {minik.Id}"));
    }

    [Test]
    public async Task A_taken_port_is_named()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        var data = Directory.CreateTempSubdirectory("minik-e2e-").FullName;
        var second = await Shell.Run(MinikProcess.Binary, $"server --data-dir {data} --https-port {minik.Port} --runtime none --write-kubeconfig {data}/k");
        Directory.Delete(data, recursive: true);
        Assert.That((second.Code, second.Errors.Contains($"port {minik.Port}", StringComparison.Ordinal)), Is.EqualTo((1, true)), second.Errors);
    }

    [Test]
    public async Task What_was_acknowledged_is_there_after_a_kill()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        const string path = "/api/v1/namespaces/default/configmaps";
        var authority = await Credentials(minik);
        for (var i = 0; i < 20; i++)
            await Shell.Run("curl", $"-sk {authority} -H 'Content-Type: application/json' -d '{{\"metadata\":{{\"name\":\"m{i}\"}}}}' https://127.0.0.1:{minik.Port}{path}");
        await minik.Kill();
        await minik.Run();
        var list = await Curl(minik, path, authority);
        Assert.That(Enumerable.Range(0, 20).Where(i => !list.Text.Contains($"\"name\":\"m{i}\"", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task The_owners_commands_find_the_server_by_its_data_directory()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        var status = await Shell.Run(MinikProcess.Binary, $"status --data-dir {minik.Directory} -o json");
        using var told = System.Text.Json.JsonDocument.Parse(status.Text);
        Assert.Multiple(() =>
        {
            Assert.That(told.RootElement.GetProperty("server").GetString(), Is.EqualTo($"https://127.0.0.1:{minik.Port}"));
            Assert.That(told.RootElement.GetProperty("ready").GetBoolean(), Is.True);
            Assert.That(told.RootElement.GetProperty("objects").GetInt64(), Is.GreaterThan(50));
            Assert.That(told.RootElement.GetProperty("storeBytes").GetInt64(), Is.GreaterThan(0));
        });
        Assert.That((await Shell.Run(MinikProcess.Binary, $"kubeconfig --data-dir {minik.Directory}")).Text, Is.EqualTo(await File.ReadAllTextAsync(minik.Kubeconfig)));
        var nothing = await Shell.Run(MinikProcess.Binary, $"status --data-dir {minik.Directory}/none");
        Assert.That((nothing.Code, nothing.Errors), Is.EqualTo((1, $"minik: there is no cluster in {minik.Directory}/none: start one with 'minik server', or name its --data-dir\n")));
        await minik.Stop();
        var stopped = await Shell.Run(MinikProcess.Binary, $"status --data-dir {minik.Directory}");
        Assert.That(stopped.Code, Is.EqualTo(1));
        Assert.That(stopped.Errors, Does.StartWith($"minik: no server answers at https://127.0.0.1:{minik.Port}"));
    }

    [Test]
    public async Task It_stops_cleanly_when_told()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none", "--simulate-nodes", "2");
        Assert.That(await minik.Stop(), Is.Zero);
        Assert.That(await File.ReadAllTextAsync(minik.Log), Does.Contain("stopped after"));
    }

    [Test]
    public async Task An_ordinary_user_has_all_of_it_but_pods()
    {
        const string nobody = "65534";
        var home = Directory.CreateTempSubdirectory("minik-user-").FullName;
        // Wherever this checkout is, he need not be let in there: the one file is all it takes.
        var own = Path.Combine(home, "minik");
        File.Copy(MinikProcess.Binary, own);
        await Shell.Run("chown", $"-R {nobody}:{nobody} {home}");
        var port = FreePort.Next();
        using var minik = System.Diagnostics.Process.Start("setpriv", ["--reuid", nobody, "--regid", nobody, "--clear-groups", "env", $"HOME={home}", own, "server", "--disable-agent", "--simulate-nodes", "1", "--https-port", $"{port}", "--log-level", "error"]);
        try
        {
            Task<Output> Kubectl(string command) => Shell.Run(KubectlVersions.Default, command, null, ("KUBECONFIG", $"{home}/.minik/kubeconfig"), ("HOME", home));
            await Until.Says(() => Kubectl("get nodes"), " Ready");
            await Until.Says(() => Kubectl("get serviceaccounts"), "default");
            await Kubectl("create deployment web --image=anything --replicas=2");
            await Until.Says(() => Kubectl("get deployment web"), "2/2");
            Assert.That((await Shell.Run("find", $"{home}/.minik -not -user {nobody}")).Text, Is.Empty);
        }
        finally
        {
            await Shell.Run("kill", $"-TERM {minik.Id}");
            await minik.WaitForExitAsync();
            Directory.Delete(home, recursive: true);
        }
        Assert.That(minik.ExitCode, Is.Zero);
    }

    [Test]
    public async Task Strangers_are_told_why_they_get_nothing()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        Assert.Multiple(async () =>
        {
            Assert.That((await Curl(minik, "/readyz")).Text, Is.EqualTo("ok"));
            Assert.That((await Curl(minik, "/api/v1/pods")).Text, Does.Contain("User \\\"system:anonymous\\\" cannot list resource \\\"pods\\\" in API group \\\"\\\" at the cluster scope"));
            Assert.That((await Curl(minik, "/api/v1/pods", "-H 'Authorization: Bearer nonsense'")).Text, Does.Contain("Unauthorized"));
        });
        Assert.That(File.GetUnixFileMode(Path.Combine(minik.Directory, "pki", "ca.key")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(File.GetUnixFileMode(minik.Kubeconfig), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task The_shared_secret_gets_a_node_its_certificate_and_nothing_else()
    {
        const string secret = "joining-takes-this-secret";
        await using var minik = await MinikProcess.Start("--runtime", "none", "--token", secret);
        const string requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
        var authority = $"-H 'Authorization: Bearer {secret}'";
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var pem = new System.Security.Cryptography.X509Certificates.CertificateRequest("O=system:nodes, CN=system:node:far", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var body = $$$"""{"metadata":{"name":"far"},"spec":{"signerName":"kubernetes.io/kube-apiserver-client-kubelet","usages":["client auth","digital signature"],"request":"{{{Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(pem))}}}"}}""";
        Assert.That((await Curl(minik, requests, $"{authority} -H 'Content-Type: application/json' -d '{body}'")).Text, Does.Contain("\"username\":\"system:bootstrap:shared\""));
        await Until.Says(() => Curl(minik, $"{requests}/far", authority), "\"certificate\":");
        Assert.That((await Curl(minik, "/api/v1/secrets", authority)).Text, Does.Contain("cannot list resource"));
        await minik.Kill();
        await minik.Run();
        Assert.That((await Curl(minik, $"{requests}/far", authority)).Text, Does.Contain("\"certificate\":"), "a second start finds what the first one allowed");
    }

    /// <summary>The administrator's certificate as curl takes it.</summary>
    private static async Task<string> Credentials(MinikProcess minik)
    {
        var lines = await File.ReadAllLinesAsync(minik.Kubeconfig);
        async Task<string> Save(string key, string file)
        {
            var encoded = lines.First(l => l.TrimStart().StartsWith(key, StringComparison.Ordinal)).Split(": ")[1].Trim('"');
            var path = Path.Combine(minik.Directory, file);
            await File.WriteAllBytesAsync(path, Convert.FromBase64String(encoded));
            return path;
        }
        return $"--cert {await Save("client-certificate-data", "admin.crt")} --key {await Save("client-key-data", "admin.key")}";
    }
}
