using MiniKube.Machinery;

namespace MiniKube.Kinds.Networking;

internal static class NetworkingKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Ingress>() with { Hooks = IngressHooks.Ingress, Columns = NetworkingTables.Ingress },
        KindDeclaration.Of<IngressClass>() with { Hooks = IngressHooks.IngressClass, Columns = NetworkingTables.IngressClass },
        KindDeclaration.Of<NetworkPolicy>() with { Hooks = NetworkPolicyHooks.All, Columns = NetworkingTables.NetworkPolicy },
        KindDeclaration.Of<IPAddress>() with { Hooks = AddressHooks.IPAddress, Columns = NetworkingTables.IPAddress },
        KindDeclaration.Of<ServiceCIDR>() with { Hooks = AddressHooks.ServiceCIDR, Columns = NetworkingTables.ServiceCIDR },
    ];
}
