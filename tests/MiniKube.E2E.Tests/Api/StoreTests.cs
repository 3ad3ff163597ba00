using System.Buffers.Binary;
using System.Net.Http.Headers;
using System.Text;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Api;

/// <summary>What the owner sees of the store: snapshots, the window of its history, disks that fail.</summary>
[TestFixture]
public sealed class StoreTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    private static Task<Output> Minik(MinikProcess of, string command) => Shell.Run(MinikProcess.Binary, $"{command} --data-dir {of.Directory}");

    [Test]
    public async Task A_snapshot_is_gone_back_to()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        await minik.Kubectl("create secret generic kept --from-literal=k=v");
        var saved = await Minik(minik, "snapshot save");
        Assert.That((saved.Code, saved.Text.Contains("found whole", StringComparison.Ordinal)), Is.EqualTo((0, true)), saved.All);
        var file = saved.Text.Split(':')[0];
        Assert.That((await Minik(minik, "snapshot list")).Text, Does.StartWith(file));
        Assert.That(File.GetUnixFileMode(Path.GetDirectoryName(file)!), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        await minik.Kubectl("delete secret kept");
        await minik.Kubectl("create configmap later");
        var later = long.Parse((await minik.Kubectl("get configmap later -o jsonpath={.metadata.resourceVersion}")).Text);
        Assert.That((await Minik(minik, $"snapshot restore {file}")).Errors, Does.Contain($"in use by process {minik.Id}"));
        await minik.Stop();

        var named = Path.Combine(minik.Directory, "named.db");
        Assert.That((await Minik(minik, $"snapshot save {named}")).Code, Is.Zero, "with the server stopped too");
        Assert.That((await Minik(minik, $"snapshot save {named}")).Errors, Does.Contain("replaces nothing"));
        Assert.That((await Minik(minik, "snapshot restore /none")).Errors, Is.EqualTo("minik: there is no file /none\n"));
        var restored = await Minik(minik, $"snapshot restore {file}");
        Assert.That(restored.Code, Is.Zero, restored.All);
        await minik.Run();
        Assert.That((await minik.Kubectl("get secret kept -o jsonpath={.data.k}")).Text, Is.EqualTo("dg=="));
        Assert.That((await minik.Kubectl("get configmap later")).Errors, Does.Contain("not found"));
        await minik.Kubectl("create configmap newer");
        Assert.That(long.Parse((await minik.Kubectl("get configmap newer -o jsonpath={.metadata.resourceVersion}")).Text), Is.GreaterThan(later));
    }

    [TestCase("", 200)]
    [TestCase("--history-revisions 100 --history-window 0", 410)]
    public async Task The_past_is_there_as_long_as_told(string flags, int expected)
    {
        var tokens = Path.GetTempFileName();
        await File.WriteAllTextAsync(tokens, "owner,owner,1,\"system:masters\"\n");
        try
        {
            await using var minik = await MinikProcess.Start(["--runtime", "none", "--token-auth-file", tokens, .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
            using var client = Client(minik, "owner");
            // Enough to be looked at before half a minute is over.
            for (var i = 0; i < 1200; i++) Assert.That(await Create(client, $"c{i}"), Is.EqualTo(201));
            async Task<int> WatchFromTheBeginning()
            {
                using var answer = await client.GetAsync($"{Maps}?watch=1&timeoutSeconds=1&resourceVersion=10");
                var first = (await answer.Content.ReadAsStringAsync()).Split('\n')[0];
                return first.Contains("\"code\":410", StringComparison.Ordinal) ? 410 : (int)answer.StatusCode;
            }
            if (expected == 410) await Until.True(async () => await WatchFromTheBeginning() == 410);
            else Assert.That(await WatchFromTheBeginning(), Is.EqualTo(200));
        }
        finally
        {
            File.Delete(tokens);
        }
    }

    [Test]
    public async Task A_page_that_nothing_leads_to_is_found_by_the_full_check_only()
    {
        await using var minik = await MinikProcess.Start("--runtime", "none");
        await minik.Stop();
        var file = Directory.GetFiles(Path.Combine(minik.Directory, "server"), "*.db").Single();
        var bytes = await File.ReadAllBytesAsync(file);
        const int count = 28;
        var pages = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(count));
        var longer = new byte[bytes.Length + bytes.Length / pages];
        bytes.CopyTo(longer, 0);
        BinaryPrimitives.WriteUInt32BigEndian(longer.AsSpan(count), pages + 1);
        await File.WriteAllBytesAsync(file, longer);
        var refused = await Shell.Run(MinikProcess.Binary, $"server --data-dir {minik.Directory} --https-port {minik.Port} --runtime none --check-store full");
        Assert.That((refused.Code, refused.All.Contains("restore a backup", StringComparison.Ordinal)), Is.EqualTo((1, true)), refused.All);
        await minik.Run();
    }

    [TestCase("full")]
    [TestCase("read-only")]
    public async Task A_disk_that_takes_no_more_fails_writes_only_and_heals(string way)
    {
        var tokens = Path.GetTempFileName();
        await File.WriteAllTextAsync(tokens, "owner,owner,1,\"system:masters\"\n");
        await using var minik = await MinikProcess.Start("--runtime", "none", "--token-auth-file", tokens);
        await minik.Stop();
        var server = Path.Combine(minik.Directory, "server");
        var image = Path.Combine(minik.Directory, "disk.img");
        await using (var disk = File.Create(image)) disk.SetLength(24 << 20);
        await Must($"mkfs.ext4 -q -m 0 {image} && mv {server} {server}.was && mkdir {server} && mount -o loop {image} {server} && cp -a {server}.was/. {server}/");
        try
        {
            await minik.Run();
            using var client = Client(minik, "owner");
            Assert.That(await Create(client, "before"), Is.EqualTo(201));
            if (way == "full") await Must($"dd if=/dev/zero of={server}/ballast bs=64k 2>/dev/null; true");
            else await Must($"mount -o remount,abort {server}");
            var codes = new List<int>();
            for (var i = 0; i < 400 && !codes.Contains(503); i++) codes.Add(await Create(client, $"c{i}", 100_000));
            Assert.That(codes.Distinct(), Is.EquivalentTo(codes[0] == 503 ? [503] : new[] { 201, 503 }), "nothing else than done or not now");
            Assert.That((await client.GetStringAsync($"{Maps}/before")), Does.Contain("\"name\":\"before\""));
            Assert.That((await minik.Kubectl("create configmap more --from-literal=k=" + new string('x', 50_000))).Errors, Does.Contain(way == "full" ? "no space is left" : "the disk of"));
            Assert.That((await minik.Kubectl("get configmaps -o name")).Text.Split('\n').Count(l => l.StartsWith("configmap/c", StringComparison.Ordinal)), Is.EqualTo(codes.Count(c => c == 201)), "what was refused is not half there");
            if (way == "full")
            {
                File.Delete(Path.Combine(server, "ballast"));
                Assert.That(await Create(client, "after", 100_000), Is.EqualTo(201), "without a restart");
            }
            await minik.Kill();
        }
        finally
        {
            await Must($"umount {server}");
            File.Delete(tokens);
        }
    }

    private static async Task Must(string command)
    {
        var output = await Shell.Run("sh", $"-c '{command}'");
        Assert.That(output.Code, Is.Zero, output.All);
    }

    private static HttpClient Client(MinikProcess minik, string token)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        var client = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{minik.Port}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static async Task<int> Create(HttpClient client, string name, int size = 10)
    {
        using var body = new StringContent($"{{\"metadata\":{{\"name\":\"{name}\"}},\"data\":{{\"k\":\"{new string('x', size)}\"}}}}", Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(Maps, body);
        return (int)answer.StatusCode;
    }
}
