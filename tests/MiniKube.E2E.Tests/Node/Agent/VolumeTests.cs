using System.Text.Json.Nodes;
using MiniKube.TestKit;
using static MiniKube.E2E.Tests.Node.Agent.AgentHost;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>What is in the volumes of real containers, who may write there, and what becomes of changes.</summary>
public abstract class VolumeTests
{
    private const string Sleeps = "command: [sleep, \"1000\"]";

    [Test]
    public async Task An_images_content_is_there_to_be_read()
    {
        await Run("imaged", $"{Sleeps}, volumeMounts: [{{name: v, mountPath: /v}}, {{name: v, mountPath: /part, subPath: bin}}]", $"volumes: [{{name: v, image: {{reference: {DockerHost.Image}, pullPolicy: IfNotPresent}}}}]");
        Assert.That(await Do("exec imaged -- ls /v/bin/busybox /part/busybox"), Is.EqualTo("/part/busybox\n/v/bin/busybox\n"));
        Assert.That((await Minik.Kubectl("exec imaged -- touch /v/x")).All, Does.Contain("Read-only file system"));
        Assert.That((await Minik.Kubectl("exec imaged -- touch /part/x")).All, Does.Contain("Read-only file system"));
        var place = Path.Combine(Minik.Directory, "agent", "pods", await Of("imaged", ".metadata.uid"));
        await Do("delete pod imaged");
        await Until.True(() => !Directory.Exists(place));
        Assert.That(await File.ReadAllTextAsync("/proc/self/mounts"), Does.Not.Contain(place));
    }

    [TestCase("never", "localhost/nosuch:1", "Never", "ErrImageNeverPull")]
    [TestCase("absent", "127.0.0.1:1/nosuch:1", "IfNotPresent", "ImagePullBackOff")]
    public async Task An_image_that_cannot_be_had_for_a_volume_is_told_as_a_containers_own_is(string name, string image, string policy, string reason)
    {
        await Do("apply -f -", Pod($"imageless-{name}", $"{Sleeps}, volumeMounts: [{{name: v, mountPath: /v}}]", $"volumes: [{{name: v, image: {{reference: \"{image}\", pullPolicy: {policy}}}}}]"));
        await Until.Says(() => Minik.Kubectl($"get pod imageless-{name} -o jsonpath={{.status.containerStatuses[0].state.waiting.reason}}"), reason);
        await Told($"imageless-{name}", image);
        await Gone($"imageless-{name}");
    }

    [Test]
    public async Task A_group_shares_what_is_the_pods_own()
    {
        await Do("create configmap shared --from-literal=key=value");
        await Run("grouped", $"{Sleeps}, volumeMounts: [{{name: e, mountPath: /e}}, {{name: c, mountPath: /c}}]", "securityContext: {runAsUser: 1001, fsGroup: 1003}, volumes: [{name: e, emptyDir: {}}, {name: c, configMap: {name: shared, defaultMode: 416}}]");
        Assert.That(await Do("exec grouped -- sh -c 'touch /e/made; ls -ln /e/made'"), Does.Match(@"\s1001\s+1003\s"));
        Assert.That(await Do("exec grouped -- cat /c/key"), Is.EqualTo("value"));
        Assert.That((await Minik.Kubectl("exec grouped -- touch /c/made")).All, Does.Contain("Read-only file system"));
        Assert.That(await Do("exec grouped -- ls -lnL /c/key"), Does.Match(@"^-rw-r-----.*\s0\s+1003\s"));
        await Do("delete pod grouped configmap/shared".Replace("pod grouped", "pod/grouped", StringComparison.Ordinal));
    }

    [Test]
    public async Task Who_may_write_to_a_volume_may_write_to_its_parts()
    {
        await Run("partly", $"{Sleeps}, volumeMounts: [{{name: e, mountPath: /part, subPath: deep/er}}]", "securityContext: {runAsUser: 1001}, volumes: [{name: e, emptyDir: {}}]");
        await Do("exec partly -- touch /part/made");
        await Gone("partly");
    }

    [Test]
    public async Task A_token_is_for_the_pods_user()
    {
        const string token = "volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: token}}]}}]";
        await Run("trusted", $"{Sleeps}, volumeMounts: [{{name: t, mountPath: /t}}]", $"securityContext: {{runAsUser: 1001}}, {token}");
        Assert.That(await Do("exec trusted -- ls -lnL /t/token"), Does.Match(@"^-rw-------.*\s1001\s+0\s"));
        await Do("exec trusted -- cat /t/token");
        await Gone("trusted");
    }

    [Test]
    public async Task A_claimed_disk_of_the_node_is_given_to_the_pods_group()
    {
        var disk = Directory.CreateTempSubdirectory("minik-disk-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(disk, "was-there"), "old\n");
            await Do("apply -f -", $"{{apiVersion: v1, kind: PersistentVolume, metadata: {{name: disk}}, spec: {{capacity: {{storage: 1Gi}}, accessModes: [ReadWriteOnce], storageClassName: none, claimRef: {{namespace: default, name: disk}}, local: {{path: {disk}}}, nodeAffinity: {{required: {{nodeSelectorTerms: [{{matchExpressions: [{{key: kubernetes.io/hostname, operator: Exists}}]}}]}}}}}}}}");
            await Do("apply -f -", "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: disk}, spec: {storageClassName: none, volumeName: disk, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}");
            // Bound by hand: what is asked here is what the node makes of it.
            var claim = JsonNode.Parse(await Do("get --raw /api/v1/namespaces/default/persistentvolumeclaims/disk"))!;
            claim["metadata"]!.AsObject().Remove("resourceVersion");
            claim["status"] = new JsonObject { ["phase"] = "Bound" };
            await Do("replace --raw /api/v1/namespaces/default/persistentvolumeclaims/disk/status -f -", claim.ToJsonString());
            await Run("owns", $"{Sleeps}, volumeMounts: [{{name: d, mountPath: /d}}]", $"nodeName: {AgentHost.Node}, securityContext: {{runAsUser: 1001, fsGroup: 1003}}, volumes: [{{name: d, persistentVolumeClaim: {{claimName: disk}}}}]");
            Assert.That(await Do("exec owns -- sh -c 'echo new >> /d/was-there; cat /d/was-there; touch /d/made; ls -ln /d/made'"), Does.Match(@"^old\nnew\n.*\s1001\s+1003\s"));
            await Gone("owns");
            await Do("delete pvc/disk pv/disk --wait=false");
        }
        finally
        {
            Directory.Delete(disk, recursive: true);
        }
    }

    [Test]
    public async Task A_part_of_a_volume_that_leads_out_of_it_is_refused()
    {
        // The first container puts the link there, the second wants to follow it.
        await Do("apply -f -", Pod("escapes", $"{Sleeps}, volumeMounts: [{{name: v, mountPath: /v, subPath: way/out}}]",
            $"initContainers: [{{name: plants, image: {DockerHost.Image}, imagePullPolicy: IfNotPresent, command: [ln, -s, /etc, /v/way], volumeMounts: [{{name: v, mountPath: /v}}]}}], volumes: [{{name: v, emptyDir: {{}}}}]"));
        await Until.Says(() => Minik.Kubectl("get pod escapes -o jsonpath={.status.containerStatuses[0].state.waiting.reason}:{.status.containerStatuses[0].state.waiting.message}"), "CreateContainerConfigError:");
        Assert.That(Directory.Exists("/etc/out"), Is.False);
        await Gone("escapes");
    }

    [Test]
    public async Task Who_writes_more_than_allowed_goes()
    {
        await Do("apply -f -", Pod("writes", "command: [sh, -c, \"dd if=/dev/zero of=/much bs=1024 count=3000; sleep 1000\"], resources: {limits: {ephemeral-storage: 1Mi}}"));
        await Until.Says(() => Minik.Kubectl("get pod writes -o jsonpath={.status.phase}:{.status.reason}:{.status.message}"), "Failed:Evicted:Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ");
        await Gone("writes");
    }

    [Test]
    public async Task A_changed_secret_is_in_the_volume_at_once()
    {
        await Do("create secret generic changes --from-literal=key=before");
        await Run("watches", $"{Sleeps}, volumeMounts: [{{name: s, mountPath: /s}}, {{name: one, mountPath: /one, subPath: key}}]".Replace("name: one,", "name: s,", StringComparison.Ordinal), "volumes: [{name: s, secret: {secretName: changes}}]");
        var patched = System.Diagnostics.Stopwatch.StartNew();
        await Do("patch secret changes -p {\"stringData\":{\"key\":\"after\"}}");
        await Until.Says(() => Minik.Kubectl("exec watches -- cat /s/key"), "after");
        TestContext.Out.WriteLine($"in the volume after {patched.ElapsedMilliseconds} ms, two kubectls included");
        // A part of a volume stays what it was, as upstream has it.
        Assert.That(await Do("exec watches -- cat /one"), Is.EqualTo("before"));
        await Do("delete pod/watches secret/changes");
    }
}
