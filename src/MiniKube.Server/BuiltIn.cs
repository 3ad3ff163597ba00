using MiniKube.Kinds;
using MiniKube.Kinds.Policy;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The kinds that subresource handlers speak.</summary>
internal static class BuiltIn
{
    public static Kind Scale { get; } = BuiltInKinds.Of<Kinds.Autoscaling.V1.Scale>();
    public static Kind Eviction { get; } = BuiltInKinds.Of<Eviction>();
    public static Kind TokenRequest { get; } = BuiltInKinds.Of<Kinds.Authentication.TokenRequest>();
    public static Kind Binding { get; } = BuiltInKinds.Of<Kinds.Core.Binding>();
    public static Kind Pod { get; } = BuiltInKinds.Of<Kinds.Core.Pod>();
}
