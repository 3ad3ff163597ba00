using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.Scheduler.Configuration;
using MiniKube.Scheduler.Extenders;

namespace MiniKube.Scheduler.Tests;

/// <summary>What is asked of extenders over HTTP, and what their answers change.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class ExtenderTests
{
    private readonly ClusterState state = new();
    private ExtenderServer server = null!;

    [SetUp]
    public async Task Start()
    {
        server = await ExtenderServer.Start();
        for (var i = 1; i <= 3; i++) state.SetNode(Node($"n{i}"));
    }

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    [Test]
    public async Task Its_filter_leaves_nodes_out_and_says_why()
    {
        server.Answers["filter"] = question => new JsonMap
        {
            { "nodes", new JsonMap { { "items", new JsonList(question.Map("Nodes")!.List("items")!.Maps().Where(n => n.Map("metadata")!.Text("name") == "n2")) } } },
            { "failedNodes", new JsonMap { { "n1", "is too loud" }, { "n3", "is too loud" } } },
        };
        Assert.That(await Place("filterVerb: filter"), Is.EqualTo("n2"));
        Assert.That(server.Asked.Single().Question.Map("Pod")!.Map("metadata")!.Text("name"), Is.EqualTo("p"));
    }

    [Test]
    public async Task Who_knows_the_nodes_is_told_their_names()
    {
        server.Answers["filter"] = question => new JsonMap { { "NodeNames", JsonList.OfTexts(question.List("NodeNames")!.Texts().Where(n => n == "n3")) } };
        Assert.That(await Place("filterVerb: filter, nodeCacheCapable: true"), Is.EqualTo("n3"));
    }

    [Test]
    public async Task A_pod_it_wants_nowhere_is_told_its_reasons()
    {
        server.Answers["filter"] = _ => new JsonMap
        {
            { "NodeNames", new JsonList() }, { "FailedNodes", new JsonMap { { "n1", "is too loud" }, { "n2", "is too loud" } } },
            { "FailedAndUnresolvableNodes", new JsonMap { { "n3", "is on fire" } } },
        };
        Assert.That(await Place("filterVerb: filter, nodeCacheCapable: true"), Is.EqualTo("0/3 nodes are available: 1 is on fire, 2 is too loud."));
    }

    [Test]
    public async Task Its_points_weigh_as_the_configuration_says()
    {
        server.Answers["score"] = _ => JsonList.Of(
            new JsonMap { { "Host", "n1" }, { "Score", 1 } }, new JsonMap { { "Host", "n2" }, { "Score", 10 } }, new JsonMap { { "host", "n3" }, { "score", 3 } });
        Assert.That(await Place("prioritizeVerb: score, weight: 5"), Is.EqualTo("n2"));
    }

    [Test]
    public async Task Without_it_nothing_goes_unless_it_can_be_ignored()
    {
        var thrown = Assert.ThrowsAsync<ExtendedPlacement.Unanswered>(() => Place("filterVerb: filter"));
        Assert.That(thrown!.Message, Does.EndWith("code 500"));
        Assert.That(await Place("filterVerb: filter, ignorable: true"), Does.StartWith("n"));
        Assert.That(await Place("prioritizeVerb: score, weight: 1"), Does.StartWith("n"));
    }

    [Test]
    public async Task It_is_asked_only_about_what_it_manages()
    {
        server.Answers["filter"] = question => new JsonMap { { "NodeNames", JsonList.OfTexts(question.List("NodeNames")!.Texts().Where(n => n == "n2")) } };
        const string Manages = "filterVerb: filter, nodeCacheCapable: true, managedResources: [{name: x.example/loud, ignoredByScheduler: true}]";
        await Place(Manages);
        Assert.That(server.Asked, Is.Empty);
        Assert.That(await Place(Manages, Pod(resource: "x.example/loud")), Is.EqualTo("n2"));
    }

    [Test]
    public async Task It_chooses_among_those_who_would_have_to_go()
    {
        foreach (var node in new[] { "n1", "n2" }) state.Place(new(PlacementTests.Item<Pod>(JsonReader.ParseMap(
            $$$"""{"metadata":{"name":"small-{{{node}}}"},"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"4"} } }]} }"""))), node);
        state.RemoveNode("n3");
        server.Answers["preempt"] = question => new JsonMap
        {
            { "nodeNameToMetaVictims", new JsonMap { { "n2", new JsonMap { { "Pods", JsonList.Of(new JsonMap { { "UID", "uid-small-n2" } }) }, { "NumPDBViolations", 0 } } } } },
        };
        var (placement, profile) = Configured("preemptVerb: preempt");
        var pod = Pod(priority: 10);
        var why = ((PlacementResult.Nowhere)Placement.For(pod, state.Snapshot, profile, new())).Why;
        var result = await placement.Preempt(pod, state.Snapshot, profile, new(), why, [], 0, default);
        Assert.That((result.Node?.Name, string.Join(',', result.Victims.Select(v => v.Name))), Is.EqualTo(("n2", "small-n2")));
        Assert.That(server.Asked.Single().Question.Map("NodeNameToVictims")!.Map("n1")!.List("Pods")!.Maps().Single().Map("metadata")!.Text("name"), Is.EqualTo("small-n1"));
    }

    [Test]
    public async Task It_binds_in_the_schedulers_place()
    {
        server.Answers["bind"] = _ => new JsonMap { { "Error", "" } };
        var (placement, _) = Configured("bindVerb: bind");
        Assert.That(await placement.BinderOf(Pod(), "n1")!(default), Is.Null);
        Assert.That(server.Asked.Single().Question.ToString(), Is.EqualTo("""{"PodName":"p","PodNamespace":"ns","PodUID":"uid-p","Node":"n1"}"""));
        server.Answers["bind"] = _ => new JsonMap { { "error", "too late" } };
        Assert.That(await placement.BinderOf(Pod(), "n1")!(default), Is.EqualTo("too late"));
    }

    [TestCase("tlsConfig: {caData: CA, serverName: extender.test}", true)]
    [TestCase("tlsConfig: {insecure: true}", true)]
    [TestCase("tlsConfig: {caData: CA, serverName: another.test}", false)]
    [TestCase("enableHTTPS: true", false)]
    public async Task It_is_trusted_as_the_configuration_says(string tls, bool trusted)
    {
        await using var secure = await ExtenderServer.Start(secure: true);
        secure.Answers["filter"] = _ => new JsonMap { { "NodeNames", JsonList.OfTexts(["n1"]) } };
        var settings = $"filterVerb: filter, nodeCacheCapable: true, {tls.Replace("CA", secure.Authority)}";
        if (trusted) Assert.That(await Place(settings, url: secure.Url), Is.EqualTo("n1"));
        else Assert.ThrowsAsync<ExtendedPlacement.Unanswered>(() => Place(settings, url: secure.Url));
    }

    private async Task<string> Place(string settings, PodInfo? pod = null, string? url = null)
    {
        var (placement, profile) = Configured(settings, url);
        return await placement.Place(pod ?? Pod(), state.Snapshot, profile, new(), 0, 0, default) switch
        {
            PlacementResult.On on => on.Node.Name,
            PlacementResult.Nowhere nowhere => nowhere.Why.Message(""),
            _ => "",
        };
    }

    private (ExtendedPlacement, Profile) Configured(string settings, string? url = null)
    {
        var (read, faults) = SchedulerConfiguration.Read(
            $"apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nextenders: [{{urlPrefix: {url ?? server.Url}/api, httpTimeout: 60s, {settings}}}]\n");
        Assert.That(faults, Is.Empty);
        return (new([.. read!.Extenders.Select(e => new Extender(e))]), Profile.Of(read.Profiles[0], VolumeFacts.None, null));
    }

    private static PodInfo Pod(string? resource = null, int priority = 0)
    {
        var requests = resource is null ? """{"cpu":"1"}""" : $$"""{"{{resource}}":"1"}""";
        return new(PlacementTests.Item<Pod>(JsonReader.ParseMap(
            $$$"""{"metadata":{"name":"p"},"spec":{"priority":{{{priority}}},"containers":[{"name":"c","resources":{"requests":{{{requests}}} } }]} }""")));
    }

    private static ControlLoop.Item<Node> Node(string name) => PlacementTests.Item<Node>(JsonReader.ParseMap(
        $$$"""{"metadata":{"name":"{{{name}}}"},"status":{"allocatable":{"cpu":"4","memory":"1Ti","pods":"1000"} } }"""));
}
