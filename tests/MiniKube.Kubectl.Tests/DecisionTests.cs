using MiniKube.Machinery;

namespace MiniKube.Kubectl.Tests;

[TestFixture]
public sealed class DecisionTests
{
    private static JsonMap Yaml(string text) => (JsonMap)YamlReader.Read(text);

    [TestCase("condition=Ready", true)]
    [TestCase("condition=ready=true", true)]
    [TestCase("condition=Ready=False", false)]
    [TestCase("condition=Old", false)]
    [TestCase("jsonpath={.status.phase}=Running", true)]
    [TestCase("jsonpath='{.status.phase}'=Pending", false)]
    [TestCase("jsonpath={.status.none}", false)]
    [TestCase("jsonpath={.status.phase}", true)]
    public void Wait_knows_when_it_is_so(string condition, bool holds)
    {
        var o = Yaml("{metadata: {generation: 2}, status: {phase: Running, conditions: [{type: Ready, status: 'True', observedGeneration: 2}, {type: Old, status: 'True', observedGeneration: 1}]}}");
        Assert.That(WaitCondition.Parse(condition).Holds(o), Is.EqualTo(holds));
    }

    [TestCase("{kind: Deployment, metadata: {name: w, generation: 2}, spec: {replicas: 3}, status: {observedGeneration: 1}}", "Waiting for deployment spec update to be observed...", false)]
    [TestCase("{kind: Deployment, metadata: {name: w}, spec: {replicas: 3}, status: {updatedReplicas: 1}}", "Waiting for deployment \"w\" rollout to finish: 1 out of 3 new replicas have been updated...", false)]
    [TestCase("{kind: Deployment, metadata: {name: w}, spec: {replicas: 3}, status: {updatedReplicas: 3, replicas: 4}}", "Waiting for deployment \"w\" rollout to finish: 1 old replicas are pending termination...", false)]
    [TestCase("{kind: Deployment, metadata: {name: w}, spec: {replicas: 3}, status: {updatedReplicas: 3, replicas: 3, availableReplicas: 2}}", "Waiting for deployment \"w\" rollout to finish: 2 of 3 updated replicas are available...", false)]
    [TestCase("{kind: Deployment, metadata: {name: w}, spec: {replicas: 3}, status: {updatedReplicas: 3, replicas: 3, availableReplicas: 3}}", "deployment \"w\" successfully rolled out", true)]
    [TestCase("{kind: DaemonSet, metadata: {name: d}, status: {desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1}}", "Waiting for daemon set \"d\" rollout to finish: 1 of 2 updated pods are available...", false)]
    [TestCase("{kind: StatefulSet, metadata: {name: s}, spec: {replicas: 2}, status: {readyReplicas: 1}}", "Waiting for 1 pods to be ready...", false)]
    [TestCase("{kind: StatefulSet, metadata: {name: s}, spec: {replicas: 1}, status: {readyReplicas: 1, currentReplicas: 1, updateRevision: a, currentRevision: a}}", "statefulset rolling update complete 1 pods at revision a...", true)]
    public void A_rollout_says_how_far_it_is(string o, string text, bool done) => Assert.That(RolloutStatus.Of(Yaml(o)), Is.EqualTo((text, done)));

    private static readonly JsonMap[] Pods =
    [
        Yaml("{metadata: {name: owned, namespace: n, ownerReferences: [{kind: ReplicaSet, controller: true}]}}"),
        Yaml("{metadata: {name: daemon, namespace: n, ownerReferences: [{kind: DaemonSet, controller: true}]}}"),
        Yaml("{metadata: {name: alone, namespace: n}}"),
        Yaml("{metadata: {name: over, namespace: n}, status: {phase: Succeeded}}"),
        Yaml("{metadata: {name: data, namespace: n, ownerReferences: [{kind: Job, controller: true}]}, spec: {volumes: [{name: v, emptyDir: {}}]}}"),
        Yaml("{metadata: {name: static, namespace: n, annotations: {kubernetes.io/config.mirror: x}}}"),
    ];

    [Test]
    public void A_drain_leaves_what_it_may_not_take()
    {
        var plan = DrainPlan.For(Pods, force: false, ignoreDaemonSets: false, deleteData: false);
        Assert.That(plan.Faults, Is.EqualTo((string[])[
            "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): n/daemon",
            "cannot delete Pods with local storage (use --delete-emptydir-data to override): n/data",
            "cannot delete Pods that declare no controller (use --force to override): n/alone",
        ]));
    }

    [Test]
    public void A_drain_takes_all_but_daemons_and_static_pods_when_it_may()
    {
        var plan = DrainPlan.For(Pods, force: true, ignoreDaemonSets: true, deleteData: true);
        Assert.That(plan.Faults, Is.Empty);
        Assert.That(plan.Leaving.Select(p => p.Name()), Is.EqualTo((string[])["owned", "alone", "over", "data"]));
        Assert.That(plan.Warnings, Is.EqualTo((string[])["ignoring DaemonSet-managed Pods: n/daemon", "deleting Pods that declare no controller: n/alone"]));
    }

    [TestCase("a=b:NoSchedule", "tainted", "[{\"key\":\"old\",\"effect\":\"NoExecute\"},{\"key\":\"a\",\"value\":\"b\",\"effect\":\"NoSchedule\"}]")]
    [TestCase("old-", "untainted", "[]")]
    [TestCase("old:NoExecute- a:NoExecute", "modified", "[{\"key\":\"a\",\"effect\":\"NoExecute\"}]")]
    public void Taints_change(string changes, string done, string after)
    {
        var taints = JsonList.Of(new JsonMap { { "key", "old" }, { "effect", "NoExecute" } });
        Assert.That(NodeTaint.Change("node", taints, [.. changes.Split(' ').Select(NodeTaint.Read)], overwrite: false), Is.EqualTo(done));
        Assert.That(taints.ToString(), Is.EqualTo(after));
    }

    [TestCase("old=x:NoExecute", "node node already has old taint(s) with same effect(s) and --overwrite is false")]
    [TestCase("none-", "taint \"none\" not found")]
    [TestCase("a=b", "invalid taint spec: a=b")]
    [TestCase("a=b:Never", "invalid taint effect: Never, unsupported taint effect")]
    public void Taints_that_make_no_sense_are_refused(string change, string message) =>
        Assert.That(() => NodeTaint.Change("node", JsonList.Of(new JsonMap { { "key", "old" }, { "effect", "NoExecute" } }), [NodeTaint.Read(change)], overwrite: false), Throws.TypeOf<Failure>().With.Message.EqualTo(message));

    [TestCase("""{"status":"Success"}""", 0)]
    [TestCase("""{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"42"}]}}""", 42)]
    [TestCase("", 0)]
    public void The_end_of_a_process_is_understood(string ended, int code) => Assert.That(RemoteCommand.CodeOf(System.Text.Encoding.UTF8.GetBytes(ended)), Is.EqualTo(code));

    [Test]
    public void A_template_is_described_as_kubectl_describes_it()
    {
        var template = Yaml("""
            metadata: {labels: {app: w}}
            spec:
              containers:
              - {name: c, image: "w:1", ports: [{containerPort: 80, protocol: TCP}], env: [{name: A, value: b}], resources: {limits: {cpu: "1"}}, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}
              volumes: [{name: v, emptyDir: {medium: Memory}}]
              nodeSelector: {disk: ssd}
              tolerations: [{key: k, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]
            """);
        Assert.That(TabText.Describe(DescribeTemplate.Of(template)), Is.EqualTo("""
            Pod Template:
              Labels:  app=w
              Containers:
               c:
                Image:      w:1
                Port:       80/TCP
                Host Port:  0/TCP
                Limits:
                  cpu:  1
                Environment:
                  A:  b
                Mounts:
                  /v from v (ro)
              Volumes:
               v:
                Type:          EmptyDir (a temporary directory that shares a pod's lifetime)
                Medium:        Memory
                SizeLimit:     <unset>
              Node-Selectors:  disk=ssd
              Tolerations:     k:NoExecute op=Exists for 5s

            """));
    }
}
