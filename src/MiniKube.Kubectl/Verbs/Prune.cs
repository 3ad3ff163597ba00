namespace MiniKube.Kubectl;

/// <summary>apply --prune: what was applied before and is in the files no more, goes.</summary>
internal static class Prune
{
    private static readonly string[] Usual =
    [
        "core/v1/ConfigMap", "core/v1/Endpoints", "core/v1/Namespace", "core/v1/PersistentVolumeClaim", "core/v1/PersistentVolume", "core/v1/Pod",
        "core/v1/ReplicationController", "core/v1/Secret", "core/v1/Service", "batch/v1/Job", "batch/v1/CronJob", "networking.k8s.io/v1/Ingress",
        "apps/v1/DaemonSet", "apps/v1/Deployment", "apps/v1/ReplicaSet", "apps/v1/StatefulSet",
    ];

    public static async Task Run(Call call, IReadOnlyList<Subject> visited)
    {
        var discovery = await call.Discover();
        var named = call.Words.All("prune-allowlist");
        var kept = visited.Select(v => (v.Type.Group, v.Type.Kind, v.Namespace, v.Name)).ToHashSet();
        var namespaces = visited.Where(v => v.Namespace is not null).Select(v => v.Namespace!).Distinct().ToList();
        foreach (var word in named.Count > 0 ? named : Usual)
        {
            var parts = word.Split('/');
            if (parts.Length != 3) throw new Failure($"invalid GroupVersionKind format: {word}, please follow <group/version/kind>");
            var version = parts[0] is "core" or "" ? parts[1] : $"{parts[0]}/{parts[1]}";
            if (discovery.Of(version, parts[2]) is not { } type) continue;
            foreach (var ns in type.Namespaced ? namespaces.Cast<string?>() : [null])
            {
                foreach (var live in await Subjects.List(call, type, ns, call.Text("selector")))
                {
                    if (LastApplied.Of(live) is null || kept.Contains((type.Group, type.Kind, live.Namespace(), live.Name()))) continue;
                    var subject = new Subject(type, live.Namespace(), live.Name()) { Object = live };
                    if (call.DryRun != DryRun.Client) await DeleteVerb.Delete(call, subject, DeletionWay.Of(call));
                    ObjectPrinter.Tell(call, subject, live, "pruned");
                }
            }
        }
    }
}
