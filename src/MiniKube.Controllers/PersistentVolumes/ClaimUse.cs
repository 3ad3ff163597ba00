using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>Which pods use which claims.</summary>
public static class ClaimUse
{
    public static Index<Pod> Of(Cache<Pod> pods) => pods.Index("claim", p => ClaimsOf(p).Select(c => c.ToString()));

    public static IEnumerable<Key> ClaimsOf(Item<Pod> pod) => (pod.Value.Spec?.Volumes ?? [])
        .Select(v => v.PersistentVolumeClaim?.ClaimName ?? (v.Ephemeral is null ? null : $"{pod.Name}-{v.Name}"))
        .Where(n => n is not null).Select(n => new Key(pod.Namespace, n!));
}
