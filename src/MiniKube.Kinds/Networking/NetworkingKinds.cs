using MiniKube.Machinery;

namespace MiniKube.Kinds.Networking;

internal static class NetworkingKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Ingress>(),
        KindDeclaration.Of<IngressClass>(),
        KindDeclaration.Of<NetworkPolicy>(),
        KindDeclaration.Of<IPAddress>(),
        KindDeclaration.Of<ServiceCIDR>(),
    ];
}
