using System.Collections.Frozen;
using MiniKube.Kinds.Autoscaling.V1;
using MiniKube.Kinds.Policy;
using MiniKube.Machinery;

namespace MiniKube.Kinds;

/// <summary>Every kind the server is born with, group by group; each group's own list is beside its records.</summary>
public static class BuiltInKinds
{
    public static IReadOnlyList<Kind> All { get; } =
    [
        .. Core.CoreKinds.All(),
        .. Apps.AppsKinds.All(),
        .. Batch.BatchKinds.All(),
        .. Autoscaling.AutoscalingKinds.All(),
        .. Policy.PolicyKinds.All(),
        .. Networking.NetworkingKinds.All(),
        .. Rbac.RbacKinds.All(),
        .. Storage.StorageKinds.All(),
        .. Scheduling.SchedulingKinds.All(),
        .. Coordination.CoordinationKinds.All(),
        .. Node.NodeKinds.All(),
        .. Discovery.DiscoveryKinds.All(),
        .. Events.EventsKinds.All(),
        .. Certificates.CertificatesKinds.All(),
        .. Flowcontrol.FlowcontrolKinds.All(),
        .. Admission.AdmissionKinds.All(),
        .. Resource.ResourceKinds.All(),
        .. Apiextensions.ApiextensionsKinds.All(),
        .. Apiregistration.ApiregistrationKinds.All(),
        .. Authentication.AuthenticationKinds.All(),
        .. Authorization.AuthorizationKinds.All(),
        .. Metrics.MetricsKinds.All(),
        .. Settings.SettingsKinds.All(),
    ];

    /// <summary>Kinds that only travel in bodies of subresources.</summary>
    public static IReadOnlyList<Kind> Bodies { get; } =
    [
        KindDeclaration.Of<Scale>(),
        KindDeclaration.Of<Eviction>(),
        KindDeclaration.Of<Authentication.TokenRequest>(),
    ];

    private static readonly FrozenDictionary<(string ApiVersion, string Name), Kind> ByName =
        All.Concat(Bodies).ToFrozenDictionary(k => (k.ApiVersion, k.Name));

    public static Kind? Find(string apiVersion, string kind) => ByName.GetValueOrDefault((apiVersion, kind));

    /// <summary>The kind that a record declares.</summary>
    public static Kind Of<T>() where T : KubeObject => PerType<T>.Kind;

    private static class PerType<T> where T : KubeObject
    {
        public static readonly Kind Kind = KindDeclaration.Of<T>() is var head ? ByName[(head.ApiVersion, head.Name)] : null!;
    }
}
