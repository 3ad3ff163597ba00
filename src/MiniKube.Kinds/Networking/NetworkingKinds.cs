using MiniKube.Machinery;

namespace MiniKube.Kinds.Networking;

internal static class NetworkingKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Ingress>() with { Hooks = IngressHooks.Ingress },
        KindDeclaration.Of<IngressClass>() with { Hooks = IngressHooks.IngressClass },
        KindDeclaration.Of<NetworkPolicy>() with { Hooks = NetworkPolicyHooks.All },
        KindDeclaration.Of<IPAddress>() with { Hooks = AddressHooks.IPAddress },
        KindDeclaration.Of<ServiceCIDR>() with { Hooks = AddressHooks.ServiceCIDR },
    ];
}
