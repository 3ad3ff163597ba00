using MiniKube.Server.Fairness;

namespace MiniKube.Server.Tests.Security;

/// <summary>A flood drowns only itself.</summary>
[TestFixture]
public sealed class FairnessTests
{
    private static readonly UserInfo Flood = new("flood", [UserInfo.Authenticated]);
    private static readonly UserInfo Calm = new("calm", [UserInfo.Authenticated]);
    private static readonly UserInfo Node = new("system:node:n1", ["system:nodes", UserInfo.Authenticated]);
    private static readonly RequestInfo Pods = RequestInfo.Of("GET", "/api/v1/namespaces/ref/pods", Query.Empty);

    private TestServer server = null!;

    [SetUp]
    public async Task Start() => server = await TestServer.Start();

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    /// <summary>The level of whoever has no other keeps to its own seats.</summary>
    private async Task DoNotBorrow() =>
        await server.Send("PATCH", "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/global-default", """{"spec":{"limited":{"borrowingLimitPercent":0}}}""", "application/merge-patch+json");

    private FairQueueing Queueing(int total = 600) => new(server.Assembly.Context.Store, new Patient(), total);

    /// <summary>However slow the machine, nobody's patience ends.</summary>
    private sealed class Patient : TimeProvider, ITimer
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => this;
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;
        public void Dispose() { }
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [TestCase("root", "system:masters", "GET", "/api/v1/pods", "exempt", "exempt")]
    [TestCase("u", "system:unauthenticated", "GET", "/healthz", "probes", "exempt")]
    [TestCase("u", "system:authenticated", "GET", "/api/v1/pods", "global-default", "global-default")]
    [TestCase("system:node:n1", "system:nodes", "PATCH", "/api/v1/nodes/n1/status", "system-node-high", "node-high")]
    [TestCase("system:node:n1", "system:nodes", "PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1", "system-node-high", "node-high")]
    [TestCase("system:node:n1", "system:nodes", "GET", "/api/v1/pods", "system-nodes", "system")]
    [TestCase("system:kube-scheduler", "system:authenticated", "PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/s", "system-leader-election", "leader-election")]
    [TestCase("system:kube-scheduler", "system:authenticated", "POST", "/api/v1/namespaces/ref/pods/p/binding", "kube-scheduler", "workload-high")]
    [TestCase("system:serviceaccount:kube-system:x", "system:serviceaccounts", "GET", "/api/v1/pods", "kube-system-service-accounts", "workload-high")]
    [TestCase("system:serviceaccount:ref:x", "system:serviceaccounts", "GET", "/api/v1/pods", "service-accounts", "workload-low")]
    [TestCase("odd", "nothing", "GET", "/api/v1/pods", "exempt", "exempt")]
    public async Task Every_request_has_its_level(string user, string group, string method, string path, string schema, string level)
    {
        var got = await Queueing().Enter(new UserInfo(user, [group]), RequestInfo.Of(method, path, Query.Empty), 1, default);
        Assert.That((got.Flow.Schema.Name, got.Flow.Level.Name), Is.EqualTo((schema, level)));
    }

    [Test]
    public async Task Seats_are_shared_out_as_configured()
    {
        var got = await Queueing().Enter(Calm, Pods, 1, default);
        // 20 of the 245 shares of the default levels, half of them to lend, and no limit to what it borrows.
        Assert.That(got.Flow.Level.Seats, Is.EqualTo(new SeatShare(49, 24, 649)));
    }

    [Test]
    public async Task A_flood_is_refused_while_others_get_their_turn()
    {
        await DoNotBorrow();
        var queueing = Queueing(total: 245);
        var running = new Stack<FairQueueing.Turn>();
        var flood = Enumerable.Range(0, 1000).Select(_ => queueing.Enter(Flood, Pods, 1, default).AsTask()).ToList();
        foreach (var done in flood.Where(t => t.IsCompletedSuccessfully && t.Result.Seats > 0)) running.Push(done.Result);
        var refused = flood.Where(t => t.IsCompletedSuccessfully && t.Result.Refusal is not null).ToList();
        var node = await queueing.Enter(Node, RequestInfo.Of("PATCH", "/api/v1/nodes/n1/status", Query.Empty), 1, default);
        var calm = queueing.Enter(Calm, Pods, 1, default).AsTask();
        Assert.Multiple(() =>
        {
            Assert.That(running, Has.Count.EqualTo(20));
            Assert.That(refused, Has.Count.EqualTo(1000 - 20 - 6 * 50));
            Assert.That(refused[0].Result.Refusal, Has.Property("Code").EqualTo(429).And.Property("RetryAfterSeconds").EqualTo(1));
            Assert.That(node.Refusal, Is.Null);
            Assert.That(calm.IsCompleted, Is.False);
        });
        // At most one of the flood's six queues is ahead of it a round.
        for (var i = 0; i < 7; i++) running.Pop().Leave();
        Assert.That((await calm).Refusal, Is.Null);
        foreach (var turn in running) turn.Leave();
    }

    [Test]
    public async Task Who_goes_away_gives_up_his_place()
    {
        await DoNotBorrow();
        var queueing = Queueing(total: 1);
        var first = await queueing.Enter(Calm, Pods, 1, default);
        using var gone = new CancellationTokenSource();
        var second = queueing.Enter(Calm, Pods, 1, gone.Token).AsTask();
        var third = queueing.Enter(Calm, Pods, 1, default).AsTask();
        await gone.CancelAsync();
        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());
        first.Leave();
        Assert.That((await third).Refusal, Is.Null);
    }

    [Test]
    public async Task What_lasts_takes_no_seat()
    {
        var queueing = Queueing(total: 1);
        foreach (var path in new[] { "/api/v1/pods?watch=1", "/api/v1/namespaces/ref/pods/p/exec", "/api/v1/namespaces/ref/pods/p/log" })
        {
            var at = path.IndexOf('?');
            var got = await queueing.Enter(Calm, RequestInfo.Of("GET", at < 0 ? path : path[..at], Query.Parse(at < 0 ? "" : path[at..])), 1, default);
            Assert.That((got.Refusal, got.Seats), Is.EqualTo(((Machinery.ApiError?)null, 0)), path);
        }
    }

    [Test]
    public async Task What_is_wide_takes_the_room_it_needs_and_waits_for_it()
    {
        await DoNotBorrow();
        var queueing = Queueing(total: 245);
        var two = await Task.WhenAll(queueing.Enter(Flood, Pods, 8, default).AsTask(), queueing.Enter(Flood, Pods, 8, default).AsTask());
        var third = queueing.Enter(Flood, Pods, 8, default).AsTask();
        // Four seats are free, but he came after one who needs more.
        var narrow = queueing.Enter(Calm, Pods, 1, default).AsTask();
        Assert.That((third.IsCompleted, narrow.IsCompleted), Is.EqualTo((false, false)));
        two[0].Leave();
        Assert.That(((await third).Seats, (await narrow).Seats), Is.EqualTo((8, 1)));
    }

    [Test]
    public async Task Nothing_is_wider_than_its_level()
    {
        await DoNotBorrow();
        var queueing = Queueing(total: 49);
        var wide = await queueing.Enter(Calm, Pods, 10, default);
        var next = queueing.Enter(Calm, Pods, 1, default).AsTask();
        Assert.That((wide.Seats, next.IsCompleted), Is.EqualTo((4, false)));
        wide.Leave();
        Assert.That((await next).Seats, Is.EqualTo(1));
    }

    [Test]
    public async Task Who_waits_for_much_and_goes_away_lets_the_others_by()
    {
        await DoNotBorrow();
        var queueing = Queueing(total: 49);
        var first = await queueing.Enter(Flood, Pods, 2, default);
        using var gone = new CancellationTokenSource();
        var wide = queueing.Enter(Flood, Pods, 4, gone.Token).AsTask();
        var narrow = queueing.Enter(Calm, Pods, 1, default).AsTask();
        Assert.That(narrow.IsCompleted, Is.False);
        await gone.CancelAsync();
        Assert.That((await narrow).Seats, Is.EqualTo(1));
        Assert.That(async () => await wide, Throws.InstanceOf<OperationCanceledException>());
        first.Leave();
    }

    [Test]
    public async Task A_flood_borrows_what_others_lend_and_leaves_them_the_rest()
    {
        var queueing = Queueing(total: 245);
        var flood = Enumerable.Range(0, 400).Select(_ => queueing.Enter(Flood, Pods, 1, default).AsTask()).ToList();
        var running = new Stack<FairQueueing.Turn>(flood.Where(t => t.IsCompletedSuccessfully && t.Result.Seats > 0).Select(t => t.Result));
        // Its own 20, and of the others 10, 10, 20 and 90.
        Assert.That(running, Has.Count.EqualTo(150));
        var status = RequestInfo.Of("PATCH", "/api/v1/nodes/n1/status", Query.Empty);
        var nodes = Enumerable.Range(0, 31).Select(_ => queueing.Enter(Node, status, 1, default).AsTask()).ToList();
        Assert.That(nodes.Select(n => n.IsCompleted), Is.EqualTo(Enumerable.Range(0, 31).Select(i => i < 30)), "30 of its 40 were never lent");
        running.Pop().Leave();
        Assert.That((await nodes[30]).Seats, Is.EqualTo(1), "what comes back goes home, however many more would borrow it");
    }

    [Test]
    public async Task A_new_limit_counts_for_who_comes_next()
    {
        var queueing = Queueing(total: 245);
        var before = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => queueing.Enter(Flood, Pods, 1, default).AsTask()));
        await DoNotBorrow();
        var waits = queueing.Enter(Flood, Pods, 1, default).AsTask();
        foreach (var turn in before[..10]) turn.Leave();
        Assert.That(waits.IsCompleted, Is.False, "twenty of its twenty seats are taken");
        before[10].Leave();
        Assert.That((await waits).Seats, Is.EqualTo(1));
    }

    [Test]
    public async Task What_a_level_does_is_told_under_upstreams_names()
    {
        await DoNotBorrow();
        var queueing = Queueing(total: 49);
        foreach (var path in Enumerable.Repeat(Pods, 6)) _ = queueing.Enter(Calm, path, 1, default).AsTask();
        _ = await queueing.Enter(new UserInfo("root", [UserInfo.Masters]), Pods, 3, default);
        var text = FairnessMetrics.Write(queueing);
        var one = "{flow_schema=\"global-default\",priority_level=\"global-default\"}";
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("apiserver_flowcontrol_nominal_limit_seats{priority_level=\"workload-low\"} 20\n"));
            Assert.That(text, Does.Contain("apiserver_flowcontrol_lower_limit_seats{priority_level=\"workload-low\"} 2\n"));
            Assert.That(text, Does.Contain("apiserver_flowcontrol_upper_limit_seats{priority_level=\"workload-low\"} 69\n"));
            Assert.That(text, Does.Contain("apiserver_flowcontrol_upper_limit_seats{priority_level=\"global-default\"} 4\n"));
            Assert.That(text, Does.Contain("apiserver_flowcontrol_current_limit_seats{priority_level=\"global-default\"} 4\n"));
            Assert.That(text, Does.Contain($"apiserver_flowcontrol_current_executing_requests{one} 4\n"));
            Assert.That(text, Does.Contain($"apiserver_flowcontrol_current_executing_seats{one} 4\n"));
            Assert.That(text, Does.Contain($"apiserver_flowcontrol_current_inqueue_requests{one} 2\n"));
            Assert.That(text, Does.Contain($"apiserver_flowcontrol_dispatched_requests_total{one} 4\n"));
            Assert.That(text, Does.Contain("apiserver_flowcontrol_current_executing_seats{flow_schema=\"exempt\",priority_level=\"exempt\"} 3\n"));
        });
    }

    [Test]
    public async Task The_tables_for_finding_faults_show_who_waits()
    {
        await DoNotBorrow();
        var queueing = Queueing(total: 49);
        foreach (var path in Enumerable.Repeat(Pods, 6)) _ = queueing.Enter(Calm, path, 1, default).AsTask();
        string[][] Table(string page, string query = "") =>
            [.. new FairnessDump(queueing).Write(page, Query.Parse(query)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(',').Select(c => c.Trim()).ToArray())];
        var requests = Table("dump_requests", "includeRequestDetails=1");
        Assert.Multiple(() =>
        {
            Assert.That(Table("dump_priority_levels").Single(r => r[0] == "global-default")[1..], Is.EqualTo(new[] { "2", "false", "false", "2", "4", "4", "0", "0", "0" }));
            Assert.That(Table("dump_priority_levels").Single(r => r[0] == "system")[1..], Is.EqualTo(new[] { "0", "true", "false", "0", "0", "0", "0", "0", "0" }));
            Assert.That(Table("dump_queues").Where(r => r[0] == "global-default").Sum(r => int.Parse(r[2], System.Globalization.CultureInfo.InvariantCulture)), Is.EqualTo(2));
            Assert.That(requests.Skip(1).Select(r => r[3]), Is.EqualTo(new[] { "-1", "-1", "-1", "-1", "0", "0" }));
            Assert.That(requests[5][4], Is.EqualTo("calm"));
            Assert.That(requests[5][9], Is.EqualTo("0001-01-01T00:00:00Z"));
            Assert.That(requests[5][10..], Is.EqualTo(new[] { "calm", "list", "/api/v1/namespaces/ref/pods", "ref", "", "v1", "pods", "" }));
        });
    }

    [TestCase("system:masters", 200)]
    [TestCase("system:authenticated", 403)]
    public async Task The_tables_are_for_whom_rbac_lets_at_them(string group, int code)
    {
        foreach (var page in FairnessDump.Pages)
        {
            var answer = (ApiResponse.Bytes)await server.Raw("GET", "/debug/api_priority_and_fairness/" + page, user: new UserInfo("u", [group, UserInfo.Authenticated]));
            Assert.That(answer.Status, Is.EqualTo(code), page);
        }
    }

    [TestCase("", 10)]
    [TestCase("?limit=150", 2)]
    [TestCase("?fieldSelector=metadata.name%3Dl7", 1)]
    public async Task A_list_is_as_wide_as_what_it_goes_through(string query, int width)
    {
        for (var i = 0; i < 1001; i++)
            await server.Send("POST", "/api/v1/namespaces/default/configmaps", $"{{\"metadata\":{{\"name\":\"l{i}\"}}}}");
        var context = server.Assembly.Context;
        var parsed = Query.Parse(query);
        int Of(string method, string path) => Width.Of(RequestInfo.Of(method, path, parsed), parsed, context.Kinds, context.Store);
        Assert.That(Of("GET", "/api/v1/namespaces/default/configmaps"), Is.EqualTo(width));
        Assert.That(Of("GET", "/api/v1/namespaces/kube-public/configmaps"), Is.EqualTo(1));
        Assert.That(Of("GET", "/api/v1/namespaces/default/configmaps/l7"), Is.EqualTo(1));
        Assert.That(Of("POST", "/api/v1/namespaces/default/configmaps"), Is.EqualTo(1));
    }

    [TestCase(2, 24)]
    [TestCase(64, 600)]
    public void There_are_as_many_seats_as_the_machine_can_do(int cores, int seats) => Assert.That(FairQueueing.SeatsFor(cores), Is.EqualTo(seats));

    [FsCheck.NUnit.Property]
    public bool A_hand_is_distinct_and_always_the_same(ulong hash)
    {
        var hand = Shuffle.Hand(hash, 64, 6);
        return hand.Distinct().Count() == 6 && hand.All(c => c is >= 0 and < 64) && hand.SequenceEqual(Shuffle.Hand(hash, 64, 6));
    }
}
