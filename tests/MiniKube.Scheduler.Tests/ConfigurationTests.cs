using MiniKube.Scheduler.Configuration;

namespace MiniKube.Scheduler.Tests;

/// <summary>What a KubeSchedulerConfiguration makes of the profiles, and what it is told when it is wrong.</summary>
public class ConfigurationTests
{
    private const string Head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

    [Test]
    public void Without_a_word_everything_is_as_upstream()
    {
        var profile = Profiles("").Single();
        Assert.That(profile.SchedulerName, Is.EqualTo("default-scheduler"));
        Assert.That(profile.Plugins.Scores.Select(s => $"{s.Name} {s.Weight}"), Is.EqualTo(new[]
        {
            "TaintToleration 3", "NodeAffinity 2", "NodeResourcesFit 1", "PodTopologySpread 2", "InterPodAffinity 2", "NodeResourcesBalancedAllocation 1", "ImageLocality 1",
        }));
        Assert.That(profile.Plugins.Filters, Has.Count.EqualTo(12));
        Assert.That(profile.Plugins.Preempts, Is.True);
    }

    [TestCase("multiPoint: {disabled: [{name: \"*\"}], enabled: [{name: NodeResourcesFit, weight: 7}, {name: ImageLocality}]}", "NodeResourcesFit 7, ImageLocality 1", 1, false, TestName = "Only_what_is_named")]
    [TestCase("multiPoint: {enabled: [{name: NodeAffinity, weight: 9}]}", "TaintToleration 3, NodeAffinity 9, NodeResourcesFit 1, PodTopologySpread 2, InterPodAffinity 2, NodeResourcesBalancedAllocation 1, ImageLocality 1", 12, true, TestName = "Another_weight_everywhere")]
    [TestCase("score: {disabled: [{name: \"*\"}], enabled: [{name: ImageLocality, weight: 4}]}", "ImageLocality 4", 12, true, TestName = "Other_opinions_but_the_same_conditions")]
    [TestCase("score: {enabled: [{name: InterPodAffinity, weight: 5}], disabled: [{name: NodeAffinity}]}", "InterPodAffinity 5, TaintToleration 3, NodeResourcesFit 1, PodTopologySpread 2, NodeResourcesBalancedAllocation 1, ImageLocality 1", 12, true, TestName = "One_more_and_one_less")]
    [TestCase("filter: {disabled: [{name: NodePorts}]}", null, 11, true, TestName = "A_condition_less")]
    [TestCase("postFilter: {disabled: [{name: DefaultPreemption}]}", null, 12, false, TestName = "Nobody_is_pushed_away")]
    public void Plugins(string plugins, string? scores, int filters, bool preempts)
    {
        var choice = Profiles($"profiles: [{{plugins: {{{plugins}}}}}]").Single().Plugins;
        if (scores is not null) Assert.That(string.Join(", ", choice.Scores.Select(s => $"{s.Name} {s.Weight}")), Is.EqualTo(scores));
        Assert.That(choice.Filters, Has.Count.EqualTo(filters));
        Assert.That(choice.Preempts, Is.EqualTo(preempts));
    }

    [Test]
    public void Several_profiles_and_numbers_for_all()
    {
        var (read, _) = SchedulerConfiguration.Read(Head + "percentageOfNodesToScore: 30\npodInitialBackoffSeconds: 2\npodMaxBackoffSeconds: 60\nprofiles: [{}, {schedulerName: other, percentageOfNodesToScore: 100}]\n");
        Assert.That(read!.Profiles.Select(p => (p.SchedulerName, p.PercentageOfNodesToScore)), Is.EqualTo(new[] { ("default-scheduler", 30), ("other", 100) }));
        Assert.That((read.FirstBackOff.TotalSeconds, read.LongestBackOff.TotalSeconds), Is.EqualTo((2, 60)));
    }

    [TestCase("kind: Pod", "it is not a KubeSchedulerConfiguration")]
    [TestCase("apiVersion: kubescheduler.config.k8s.io/v1beta3\nkind: KubeSchedulerConfiguration", "apiVersion: \"kubescheduler.config.k8s.io/v1beta3\" must be kubescheduler.config.k8s.io/v1")]
    [TestCase(Head + "extenders: [{filterVerb: f}]", "extenders[0].urlPrefix: \"\" must be a URL")]
    [TestCase(Head + "extenders: [{urlPrefix: http://x, prioritizeVerb: p}]", "extenders[0].weight: must be positive where there is a prioritizeVerb")]
    [TestCase(Head + "extenders: [{urlPrefix: http://x, bindVerb: b}, {urlPrefix: http://y, bindVerb: b}]", "extenders: only one of them can bind")]
    [TestCase(Head + "extenders: [{urlPrefix: http://x, managedResources: [{name: cpu}]}]", "extenders[0].managedResources: \"cpu\" must be the name of an extended resource")]
    [TestCase(Head + "extenders: [{urlPrefix: http://x, verb: f}]", "extenders[0].verb: unknown field")]
    [TestCase(Head + "profile: []", "profile: unknown field")]
    [TestCase(Head + "percentageOfNodesToScore: 101", "percentageOfNodesToScore: 101 must be from 0 to 100")]
    [TestCase(Head + "profiles: [{}, {}]", "profiles: several are called default-scheduler")]
    [TestCase(Head + "profiles: [{plugins: {score: {enabled: [{name: Nobody}]}}}]", "profiles[0].plugins.score: there is no plugin \"Nobody\"")]
    [TestCase(Head + "profiles: [{plugins: {scores: {}}}]", "profiles[0].plugins.scores: unknown field")]
    [TestCase(Head + "profiles: [{pluginConfig: [{name: InterPodAffinity, args: {hardPodAffinityWeight: 101}}]}]", "profiles[0].pluginConfig[0].args.hardPodAffinityWeight: 101 must be from 0 to 100")]
    [TestCase(Head + "profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: RequestedToCapacityRatio}}}]}]",
        "profiles[0].pluginConfig[0].args.scoringStrategy.requestedToCapacityRatio.shape: needs points of rising utilization from 0 to 100 with scores from 0 to 10")]
    [TestCase(Head + "profiles: [{pluginConfig: [{name: PodTopologySpread, args: {defaultConstraints: [{maxSkew: 1, topologyKey: x, whenUnsatisfiable: ScheduleAnyway}]}}]}]",
        "profiles[0].pluginConfig[0].args.defaultConstraints: says nothing unless defaultingType is List")]
    [TestCase(Head + "podInitialBackoffSeconds: 20", "podMaxBackoffSeconds: must not be below podInitialBackoffSeconds")]
    public void Says_what_is_wrong(string text, string fault) => Assert.That(SchedulerConfiguration.Read(text).Faults, Does.Contain(fault));

    [Test]
    public void Says_which_certificates_cannot_be_read() => Assert.That(
        SchedulerConfiguration.Read(Head + "extenders: [{urlPrefix: https://x, tlsConfig: {certData: bm90aGluZw==}}]").Faults.Single(), Does.StartWith("extenders[0].tlsConfig: "));

    [TestCase(0, 0)]
    [TestCase(25, 10)]
    [TestCase(50, 20)]
    [TestCase(75, 60)]
    [TestCase(100, 100)]
    public void A_curve_is_followed_between_its_points(int used, int score)
    {
        var curve = new ResourceStrategy("RequestedToCapacityRatio", ResourceStrategy.Usual, [(0, 0), (50, 2), (100, 10)]);
        Assert.That(curve.Score(used, 100), Is.EqualTo(score));
    }

    private static IReadOnlyList<ProfileSettings> Profiles(string more)
    {
        var (read, faults) = SchedulerConfiguration.Read(Head + more);
        Assert.That(faults, Is.Empty);
        return read!.Profiles;
    }
}
