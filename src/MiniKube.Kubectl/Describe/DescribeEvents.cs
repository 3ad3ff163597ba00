using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>What happened to an object, as the last part of its description.</summary>
internal static class DescribeEvents
{
    public static void Write(DescribeText text, IReadOnlyList<JsonMap> events, DateTimeOffset now)
    {
        if (events.Count == 0)
        {
            text.Line(0, "Events:\t<none>");
            return;
        }
        text.Line(0, "Events:").Line(1, "Type\tReason\tAge\tFrom\tMessage").Line(1, "----\t------\t----\t----\t-------");
        foreach (var one in events.OrderBy(Last, StringComparer.Ordinal))
        {
            var source = one.Map("source")?.Text("component") is { Length: > 0 } component ? component : one.Text("reportingComponent");
            text.Line(1, $"{one.Text("type")}\t{one.Text("reason")}\t{Age(one, now)}\t{source}\t{(one.Text("message") ?? "").Trim()}");
        }
    }

    public static string Last(JsonMap one) => one.Map("series")?.Text("lastObservedTime") ?? one.Text("lastTimestamp") ?? one.Text("eventTime") ?? one.Meta().Text("creationTimestamp") ?? "";

    public static string Age(JsonMap one, DateTimeOffset now)
    {
        var first = one.Text("firstTimestamp") ?? one.Text("eventTime") ?? one.Meta().Text("creationTimestamp");
        var count = one.Map("series")?.Whole("count") ?? one.Whole("count") ?? 1;
        return count > 1 ? $"{Ages.Since(Last(one), now)} (x{count} over {Ages.Since(first, now)})" : Ages.Since(Last(one), now);
    }
}
