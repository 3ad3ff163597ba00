using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Api;

/// <summary>The scheduler as a file configures it, in the shipped executable.</summary>
[TestFixture]
public sealed class SchedulerTests
{
    private string file = null!;

    [SetUp]
    public void Name() => file = Path.Combine(Path.GetTempPath(), $"minik-scheduler-{Guid.NewGuid():n}.yaml");

    [TearDown]
    public void Tidy() => File.Delete(file);

    [Test]
    public async Task Pods_are_scheduled_by_the_profile_that_they_name()
    {
        await File.WriteAllTextAsync(file, """
            apiVersion: kubescheduler.config.k8s.io/v1
            kind: KubeSchedulerConfiguration
            profiles:
            - schedulerName: default-scheduler
            - schedulerName: picky
              pluginConfig:
              - name: NodeAffinity
                args:
                  addedAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [sim-1]}]}]}}
            """);
        await using var minik = await MinikProcess.Start("--runtime", "none", "--simulate-nodes", "3", "--scheduler-config", file);
        await Until.Says(() => minik.Kubectl("get serviceaccounts"), "default");
        var applied = await minik.Kubectl("apply -f -", """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"schedulerName":"picky","containers":[{"name":"c","image":"i"}]}}
            """);
        Assert.That(applied.Code, Is.Zero, applied.All);
        await Until.Says(() => minik.Kubectl("get pod p -o jsonpath={.spec.nodeName}:{.status.phase}"), "sim-1:Running");
    }

    [Test]
    public async Task A_file_that_is_wrong_is_refused_with_the_place()
    {
        await File.WriteAllTextAsync(file, "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\npercentageOfNodesToScore: 200\n");
        var refused = await Shell.Run(MinikProcess.Binary, $"server --scheduler-config {file}", null, ("HOME", Path.GetTempPath()), ("MINIK_CONFIG", file + ".none"));
        Assert.That((refused.Code, refused.All), Is.EqualTo((2, $"minik: --scheduler-config {file}: percentageOfNodesToScore: 200 must be from 0 to 100\n'minik server --help' shows what is allowed.\n")));
    }
}
