using System.Globalization;
using MiniKube.Store;

namespace MiniKube.Server.Fairness;

/// <summary>How many seats a request takes: what it goes through counts, not that it is one request.</summary>
internal static class Width
{
    private const int ObjectsPerSeat = 100;
    private const int Most = 10;

    public static int Of(RequestInfo request, Query query, KindRegistry kinds, IStateStore store)
    {
        if (request.Verb is not ("list" or "deletecollection") || request.Name.Length > 0) return 1;
        if (kinds.Find(request.Group, request.Version, request.Resource) is not { } kind) return 1;
        var objects = store.Snapshot().Count(kind.Collection, request.Namespace.Length > 0 && kind.Namespaced ? request.Namespace : null);
        if (int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0) objects = Math.Min(objects, limit);
        return Math.Clamp((objects + ObjectsPerSeat - 1) / ObjectsPerSeat, 1, Most);
    }
}
