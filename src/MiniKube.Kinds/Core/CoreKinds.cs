using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class CoreKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Pod>() with { Hooks = PodHooks.All, Columns = PodTable.Columns, SelectableFields = PodTable.Fields },
        KindDeclaration.Of<Service>() with
        {
            Hooks = ServiceHooks.All, Columns = CoreTables.Service, SelectableFields = CoreTables.ServiceFields,
        },
        KindDeclaration.Of<Namespace>() with
        {
            Hooks = NamespaceHooks.All, Columns = CoreTables.Namespace, SelectableFields = CoreTables.NamespaceFields,
        },
        KindDeclaration.Of<Node>() with { Hooks = NodeHooks.All, Columns = CoreTables.Node, SelectableFields = CoreTables.NodeFields },
        KindDeclaration.Of<ConfigMap>() with { Hooks = ConfigMapHooks.All, Columns = CoreTables.ConfigMap },
        KindDeclaration.Of<Secret>() with
        {
            Hooks = SecretHooks.All, Columns = CoreTables.Secret, SelectableFields = CoreTables.SecretFields,
        },
        KindDeclaration.Of<ServiceAccount>() with { Hooks = ServiceAccountHooks.All, Columns = Cells.NameAndAge },
        KindDeclaration.Of<Event>() with
        {
            Hooks = Events.EventHooks.Core, Columns = Events.EventTable.Columns, SelectableFields = Events.EventTable.Fields,
        },
        KindDeclaration.Of<Endpoints>() with { Hooks = EndpointsHooks.All, Columns = CoreTables.Endpoints },
        KindDeclaration.Of<PersistentVolume>() with { Hooks = PersistentVolumeValidation.All, Columns = CoreTables.PersistentVolume },
        KindDeclaration.Of<PersistentVolumeClaim>() with
        {
            Hooks = PersistentVolumeClaimValidation.All, Columns = CoreTables.PersistentVolumeClaim,
        },
        KindDeclaration.Of<ReplicationController>() with
        {
            Hooks = ReplicationControllerHooks.All, Columns = CoreTables.ReplicationController, SelectableFields = CoreTables.ReplicationControllerFields,
        },
        KindDeclaration.Of<PodTemplate>() with { Hooks = PodTemplateHooks.All, Columns = CoreTables.PodTemplate },
        KindDeclaration.Of<LimitRange>() with { Hooks = LimitRangeHooks.All, Columns = Cells.NameAndCreation },
        KindDeclaration.Of<ResourceQuota>() with { Hooks = ResourceQuotaHooks.All, Columns = CoreTables.ResourceQuota },
        KindDeclaration.Of<Binding>(),
        KindDeclaration.Of<ComponentStatus>() with { Columns = CoreTables.ComponentStatus },
    ];
}
