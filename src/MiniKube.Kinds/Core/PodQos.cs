using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>The quality-of-service class that requests and limits amount to.</summary>
public static class PodQos
{
    private static readonly string[] Counted = ["cpu", "memory"];

    public static string Of(JsonMap spec)
    {
        var holders = spec.Map("resources") is { } podLevel && (podLevel.Has("requests") || podLevel.Has("limits"))
            ? [podLevel]
            : (spec.List("containers") ?? []).Maps().Concat((spec.List("initContainers") ?? []).Maps()).Select(c => c.Map("resources") ?? []).ToArray();
        var any = holders.Any(r => Has(r.Map("requests")) || Has(r.Map("limits")));
        if (!any) return "BestEffort";
        return holders.All(IsGuaranteed) ? "Guaranteed" : "Burstable";
    }

    private static bool Has(JsonMap? amounts) => amounts is not null && Counted.Any(c => Quantity.Parse(amounts[c]).Sign > 0);

    private static bool IsGuaranteed(JsonMap resources)
    {
        var (limits, requests) = (resources.Map("limits"), resources.Map("requests"));
        return Counted.All(c => limits?[c] is { } limit && Quantity.Parse(limit).Sign > 0
            && (requests?[c] is not { } request || Quantity.Parse(request) == Quantity.Parse(limit)));
    }
}
