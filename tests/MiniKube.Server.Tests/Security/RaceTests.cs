namespace MiniKube.Server.Tests.Security;

/// <summary>Limits hold however many ask at once.</summary>
[TestFixture]
public sealed class RaceTests
{
    private const int Clients = 64;

    private TestServer server = null!;

    [SetUp]
    public async Task Start() => server = await TestServer.Start();

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    [Test]
    public async Task A_quota_of_ten_admits_ten()
    {
        const string quotas = "/api/v1/namespaces/ref/resourcequotas";
        await server.Send("POST", quotas, """{"metadata":{"name":"q"},"spec":{"hard":{"configmaps":"10"}}}""");
        await server.Send("PATCH", $"{quotas}/q/status", """{"status":{"hard":{"configmaps":"10"},"used":{"configmaps":"0"}}}""", "application/merge-patch+json");
        var codes = await Together(i => server.Send("POST", "/api/v1/namespaces/ref/configmaps", $$$"""{"metadata":{"name":"m{{{i}}}"}}"""));
        var (_, quota) = await server.Send("GET", $"{quotas}/q");
        Assert.Multiple(() =>
        {
            Assert.That(codes.Count(c => c == 201), Is.EqualTo(10), string.Join(" ", codes));
            Assert.That(codes.Count(c => c == 403), Is.EqualTo(Clients - 10), string.Join(" ", codes));
            Assert.That(quota.Map("status")!.Map("used")!.Text("configmaps"), Is.EqualTo("10"));
        });
    }

    [Test]
    public async Task A_budget_of_five_disruptions_lets_five_pods_go()
    {
        const string pods = "/api/v1/namespaces/ref/pods";
        const string budgets = "/apis/policy/v1/namespaces/ref/poddisruptionbudgets";
        for (var i = 0; i < Clients; i++)
        {
            await server.Send("POST", pods, $$$"""{"metadata":{"name":"p{{{i}}}","labels":{"app":"x"}},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}]}}""");
            await server.Send("PATCH", $"{pods}/p{i}/status", """{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""", "application/merge-patch+json");
        }
        await server.Send("POST", budgets, """{"metadata":{"name":"b"},"spec":{"minAvailable":59,"selector":{"matchLabels":{"app":"x"}}}}""");
        await server.Send("PATCH", $"{budgets}/b/status",
            """{"status":{"observedGeneration":1,"disruptionsAllowed":5,"currentHealthy":64,"desiredHealthy":59,"expectedPods":64}}""", "application/merge-patch+json");
        var codes = await Together(i => server.Send("POST", $"{pods}/p{i}/eviction", $$$"""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p{{{i}}}"}}"""));
        var (_, budget) = await server.Send("GET", $"{budgets}/b");
        Assert.Multiple(() =>
        {
            Assert.That(codes.Count(c => c == 201), Is.EqualTo(5), string.Join(" ", codes));
            Assert.That(codes.Count(c => c == 429), Is.EqualTo(Clients - 5), string.Join(" ", codes));
            Assert.That(budget.Map("status")!.Map("disruptedPods")!.Count, Is.EqualTo(5));
        });
    }

    private static async Task<int[]> Together(Func<int, Task<(int Code, Machinery.JsonMap Body)>> send)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var all = Enumerable.Range(0, Clients).Select(i => Task.Run(async () =>
        {
            await go.Task;
            return (await send(i)).Code;
        })).ToList();
        go.SetResult();
        return await Task.WhenAll(all);
    }
}
