using MiniKube.Machinery;

namespace MiniKube.Kinds.Events;

/// <summary>events.k8s.io shows the events of core under other names.</summary>
internal static class EventConversion
{
    private static readonly (string Shown, string Stored)[] Names =
    [
        ("note", "message"), ("regarding", "involvedObject"), ("reportingController", "reportingComponent"), ("deprecatedCount", "count"),
        ("deprecatedFirstTimestamp", "firstTimestamp"), ("deprecatedLastTimestamp", "lastTimestamp"), ("deprecatedSource", "source"),
    ];

    public static readonly Conversion Instance = new("v1", tree => Rename(tree, "v1", toStored: true), tree => Rename(tree, "events.k8s.io/v1", toStored: false));

    private static JsonMap Rename(JsonMap tree, string apiVersion, bool toStored)
    {
        var renamed = new JsonMap();
        foreach (var (key, value) in tree)
        {
            var pair = Array.Find(Names, n => (toStored ? n.Shown : n.Stored) == key);
            renamed.Set(pair == default ? key : toStored ? pair.Stored : pair.Shown, value);
        }
        renamed.Set("apiVersion", apiVersion);
        return renamed;
    }
}
