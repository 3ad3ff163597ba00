using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;
using MiniKube.Machinery;
using MiniKube.TestKit;

namespace MiniKube.Controllers.Tests;

/// <summary>How endpoints are spread over slices and subsets when there are many.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class SliceTests
{
    private readonly Caches caches = new(new MemoryApi(new ManualTime(default)), new ManualTime(default));
    private readonly SortedDictionary<string, JsonMap> slices = new(StringComparer.Ordinal);
    private int named, written;

    [Test]
    public void New_endpoints_fill_slices_of_a_hundred()
    {
        Assert.That(Reconcile(Range(0, 250)), Is.EqualTo(new[] { "create 100", "create 100", "create 50" }));
        Assert.That(Reconcile(Range(0, 250)), Is.Empty);
    }

    [Test]
    public void A_few_more_go_where_all_of_them_fit()
    {
        Reconcile(Range(0, 250));
        Assert.That(Reconcile(Range(0, 290)), Is.EqualTo(new[] { "replace s-3 90" }));
    }

    [Test]
    public void More_than_fit_make_a_slice_of_their_own()
    {
        Reconcile(Range(0, 250));
        Assert.That(Reconcile(Range(0, 301)), Is.EqualTo(new[] { "create 51" }));
    }

    [Test]
    public void What_is_left_of_very_many_fills_a_slice_there_is()
    {
        Reconcile(Range(0, 50));
        Assert.That(Reconcile(Range(0, 170)), Is.EqualTo(new[] { "replace s-1 70", "create 100" }));
    }

    [Test]
    public void One_that_goes_is_replaced_in_its_slice_and_no_other_is_written()
    {
        Reconcile(Range(0, 250));
        Assert.That(Reconcile(Range(0, 250).Except([17]).Append(900)), Is.EqualTo(new[] { "replace s-1 100" }));
    }

    [Test]
    public void The_fullest_of_those_written_are_filled_first()
    {
        Reconcile(Range(0, 250));
        Assert.That(Reconcile(Range(0, 250).Except(Range(0, 5)).Except([110]).Append(900)), Is.EqualTo(new[] { "replace s-1 95", "replace s-2 100" }));
    }

    [Test]
    public void A_slice_that_loses_all_goes_or_becomes_the_new_one()
    {
        Reconcile(Range(0, 200));
        Assert.That(Reconcile(Range(100, 100)), Is.EqualTo(new[] { "delete s-1" }));
        Assert.That(Reconcile(Range(300, 60)), Is.EqualTo(new[] { "replace s-2 60" }));
        Assert.That(Reconcile([]), Is.EqualTo(new[] { "replace s-2 0" }));
    }

    [Test]
    public void Whatever_comes_and_goes_every_endpoint_is_in_one_slice([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var wanted = new HashSet<int>();
        for (var step = 0; step < 20; step++)
        {
            foreach (var gone in wanted.Where(_ => random.Next(10) < random.Next(10)).ToArray()) wanted.Remove(gone);
            for (var i = random.Next(150); i > 0; i--) wanted.Add(random.Next(1000));
            Reconcile(wanted);
            var held = slices.Values.SelectMany(s => s.List("endpoints")!.Maps()).Select(e => e.List("addresses")!.Texts().Single()).ToArray();
            Assert.That(held, Is.EquivalentTo(wanted.Select(Ip)));
            Assert.That(slices.Values.Max(s => s.List("endpoints")!.Count), Is.LessThanOrEqualTo(100));
            Assert.That(Reconcile(wanted), Is.Empty);
        }
    }

    [Test]
    public void Mirrored_subsets_are_one_slice_each_of_a_thousand_at_most()
    {
        var addresses = string.Join(',', Range(0, 1003).Select(i => $$"""{"ip":"{{Ip(i)}}"}"""));
        var endpoints = Item<Endpoints>($$"""{"metadata":{"name":"s","namespace":"ns","uid":"u"},"subsets":[{"addresses":[{{addresses}}],"ports":[{"port":1}]}]}""");
        var plan = MirroringPlan.For(new(endpoints.Key, endpoints, Item<Service>("""{"metadata":{"name":"s","namespace":"ns"},"spec":{}}"""), []));
        Assert.That(((PlanAction.Create)plan.Actions[0]).Object.List("endpoints")!, Has.Count.EqualTo(1000));
        Assert.That(PlanText.Of(plan)[1], Is.EqualTo("event Warning TooManyAddressesToMirror: " +
            "A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 3 addresses were skipped"));
    }

    [TestCase(700, 600, 0, 0, "539+0 461+0", TestName = "The ready share the room in proportion")]
    [TestCase(900, 50, 150, 50, "900+38 50+12", TestName = "The unready share what the ready leave")]
    [TestCase(500, 500, 10, 0, "500+0 500+0", TestName = "No room is left for the unready")]
    [TestCase(500, 499, 1, 0, "500+1 499+0", TestName = "All of a thousand fit")]
    public void Beyond_a_thousand_addresses_each_subset_gives_up_its_part(int ready1, int ready2, int unready1, int unready2, string expected)
    {
        var offers = Offers(0, ready1, true, 1).Concat(Offers(2000, ready2, true, 2)).Concat(Offers(4000, unready1, false, 1)).Concat(Offers(6000, unready2, false, 2));
        var (subsets, truncated) = Subsets.Of([.. offers], 1000);
        Assert.That(string.Join(' ', subsets.Maps().Select(s => $"{s.List("addresses")?.Count ?? 0}+{s.List("notReadyAddresses")?.Count ?? 0}")), Is.EqualTo(expected));
        Assert.That(truncated, Is.EqualTo(ready1 + ready2 + unready1 + unready2 > 1000));
    }

    [Test]
    public void Hints_withdrawn_are_told_once()
    {
        var service = Item<Service>("""{"metadata":{"name":"s","namespace":"ns"},"spec":{"selector":{"a":"b"},"clusterIP":"10.0.0.1"}}""");
        var slice = Item<EndpointSlice>("""
            {"metadata":{"name":"s-1","namespace":"ns"},"addressType":"IPv4","ports":[],"endpoints":[{"addresses":["10.0.0.9"],"hints":{"forZones":[{"name":"z"}]}}]}
            """);
        var plan = EndpointSlicePlan.For(new(service, [], [slice], _ => null) { WasProportional = true });
        Assert.That(PlanText.Of(plan)[^1], Is.EqualTo("event Warning TopologyAwareHintsDisabled: Topology Aware Hints has been disabled, addressType: IPv4"));
        Assert.That(PlanText.Of(EndpointSlicePlan.For(new(service, [], [slice], _ => null)))[^1], Does.Not.Contain("event"));
    }

    [Test]
    public void Hints_in_slices_nobody_writes_stay_while_no_zone_gets_too_little()
    {
        SliceDraft Draft(int first, string zone, string? hinted, int count)
        {
            var draft = new SliceDraft(new("IPv4", [], []), null, null) { Touched = false };
            foreach (var i in Range(first, count))
            {
                var endpoint = new JsonMap { { "addresses", JsonList.OfTexts([Ip(i)]) }, { "zone", zone }, { "conditions", new JsonMap { { "ready", true } } } };
                if (hinted is not null) endpoint.Set("hints", new JsonMap { { "forZones", JsonList.Of(new JsonMap { { "name", hinted } }) } });
                draft.Endpoints.Add(endpoint);
            }
            return draft;
        }

        var halves = new Dictionary<string, double> { ["a"] = 0.5, ["b"] = 0.5 };
        var (kept, alsoKept) = (Draft(0, "a", "a", 50), Draft(50, "a", "b", 50));
        Assert.That(ProportionalHints.Assign([kept, alsoKept], halves), Is.Null);
        Assert.That(kept.Touched || alsoKept.Touched, Is.False);

        var (tooMany, none) = (Draft(0, "a", "a", 90), Draft(90, "b", null, 10));
        Assert.That(ProportionalHints.Assign([tooMany, none], halves), Is.Null);
        Assert.That(tooMany.Touched && none.Touched, Is.True);
        var zones = tooMany.Endpoints.Concat(none.Endpoints).GroupBy(e => e.Map("hints")!.List("forZones")!.Maps().Single().Text("name")!).ToDictionary(g => g.Key, g => g.Count());
        Assert.That(zones, Is.EqualTo(new Dictionary<string, int> { ["a"] = 50, ["b"] = 50 }));
    }

    private static IEnumerable<int> Range(int first, int count) => Enumerable.Range(first, count);

    private static string Ip(int i) => $"10.0.{i / 256}.{i % 256}";

    private IEnumerable<Offer> Offers(int first, int count, bool ready, int port) => Range(first, count).Select(i =>
        new Offer(Item<Pod>($$"""{"metadata":{"name":"p{{i}}","namespace":"ns","uid":"{{i:00000}}"} }"""), Ip(i), ready, new JsonMap { { "ip", Ip(i) } },
            [new JsonMap { { "port", port } }]));

    /// <summary>One look of the controller, with its plan carried out.</summary>
    private string[] Reconcile(IEnumerable<int> wanted)
    {
        var service = Item<Service>("""{"metadata":{"name":"s","namespace":"ns","uid":"u"}}""");
        var sets = new SliceSets(service, "s", new JsonMap()) { Annotations = old => old };
        var endpoints = wanted.Select(i => new JsonMap { { "addresses", JsonList.OfTexts([Ip(i)]) } }).ToArray();
        var actions = sets.Reconcile([new SliceSet("IPv4", [], endpoints)], [.. slices.Values.Select(s => Item<EndpointSlice>(s.ToString()))]);
        return [.. actions.Select(Do)];
    }

    private string Do(PlanAction action)
    {
        switch (action)
        {
            case PlanAction.Create c:
                var name = $"s-{++named}";
                c.Object.Map("metadata")!.Set("name", name);
                c.Object.Map("metadata")!.Set("namespace", "ns");
                slices[name] = c.Object;
                return $"create {c.Object.List("endpoints")!.Count}";
            case PlanAction.Replace r:
                r.Object.Map("metadata")!.Set("resourceVersion", $"{++written}");
                slices[r.Name] = r.Object;
                return $"replace {r.Name} {r.Object.List("endpoints")!.Count}";
            case PlanAction.Delete d:
                slices.Remove(d.Name);
                return $"delete {d.Name}";
            default:
                throw new InvalidOperationException(action.ToString());
        }
    }

    private Item<T> Item<T>(string json) where T : Kinds.KubeObject
    {
        var cache = caches.Of<T>();
        cache.Replace([System.Text.Encoding.UTF8.GetBytes(json)], 1);
        return cache.All()[0];
    }
}
