using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class ServiceAccountHooks
{
    public static readonly KindHooks All = new() { Validate = (_, _) => { }, ReturnsDeleted = true };
}
