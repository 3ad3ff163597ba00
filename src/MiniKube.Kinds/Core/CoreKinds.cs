using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class CoreKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Pod>(),
        KindDeclaration.Of<Service>(),
        KindDeclaration.Of<Namespace>(),
        KindDeclaration.Of<Node>(),
        KindDeclaration.Of<ConfigMap>(),
        KindDeclaration.Of<Secret>(),
        KindDeclaration.Of<ServiceAccount>(),
        KindDeclaration.Of<Event>(),
        KindDeclaration.Of<Endpoints>(),
        KindDeclaration.Of<PersistentVolume>(),
        KindDeclaration.Of<PersistentVolumeClaim>(),
        KindDeclaration.Of<ReplicationController>(),
        KindDeclaration.Of<PodTemplate>(),
        KindDeclaration.Of<LimitRange>(),
        KindDeclaration.Of<ResourceQuota>(),
        KindDeclaration.Of<Binding>(),
        KindDeclaration.Of<ComponentStatus>(),
    ];
}
