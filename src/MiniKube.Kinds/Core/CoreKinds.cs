using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class CoreKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Pod>() with { Hooks = PodHooks.All },
        KindDeclaration.Of<Service>() with { Hooks = ServiceHooks.All },
        KindDeclaration.Of<Namespace>() with { Hooks = NamespaceHooks.All },
        KindDeclaration.Of<Node>() with { Hooks = NodeHooks.All },
        KindDeclaration.Of<ConfigMap>() with { Hooks = ConfigMapHooks.All },
        KindDeclaration.Of<Secret>() with { Hooks = SecretHooks.All },
        KindDeclaration.Of<ServiceAccount>() with { Hooks = ServiceAccountHooks.All },
        KindDeclaration.Of<Event>() with { Hooks = Events.EventHooks.Core },
        KindDeclaration.Of<Endpoints>() with { Hooks = EndpointsHooks.All },
        KindDeclaration.Of<PersistentVolume>() with { Hooks = PersistentVolumeValidation.All },
        KindDeclaration.Of<PersistentVolumeClaim>() with { Hooks = PersistentVolumeClaimValidation.All },
        KindDeclaration.Of<ReplicationController>() with { Hooks = ReplicationControllerHooks.All },
        KindDeclaration.Of<PodTemplate>() with { Hooks = PodTemplateHooks.All },
        KindDeclaration.Of<LimitRange>() with { Hooks = LimitRangeHooks.All },
        KindDeclaration.Of<ResourceQuota>() with { Hooks = ResourceQuotaHooks.All },
        KindDeclaration.Of<Binding>(),
        KindDeclaration.Of<ComponentStatus>(),
    ];
}
