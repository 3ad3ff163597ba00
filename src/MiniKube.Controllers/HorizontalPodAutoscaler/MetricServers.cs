using System.Text.Json;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Autoscaling;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Asks the servers of custom and external metrics, which come by aggregation.</summary>
internal sealed class MetricServers(IApi api, KnownResources resources)
{
    private static readonly string[] Spoken = ["v1beta2", "v1beta1"];

    public async ValueTask<CustomSeen?> Of(MetricSpec metric, string ns, string selector, CancellationToken cancel) => metric switch
    {
        { Type: "Pods", Pods.Metric: { } m } => await Custom($"namespaces/{ns}/pods/*/{Escaped(m.Name)}?labelSelector={Escaped(selector)}{Also("metricLabelSelector", m)}", cancel),
        { Type: "Object", Object: { Metric: { } m, DescribedObject: { } described } } => await Custom($"{PathOf(described, ns)}/{Escaped(m.Name)}?{Also("metricLabelSelector", m).TrimStart('&')}", cancel),
        { Type: "External", External.Metric: { } m } => Read(await api.Document($"/apis/external.metrics.k8s.io/v1beta1/namespaces/{ns}/{Escaped(m.Name)}?{Also("labelSelector", m).TrimStart('&')}", cancel), "external"),
        _ => null,
    };

    private string PathOf(CrossVersionObjectReference described, string ns)
    {
        if (described is { Kind: "Namespace", ApiVersion: "v1" or null or "" }) return $"namespaces/{ns}/metrics";
        var group = described.ApiVersion?.IndexOf('/') is > 0 and var slash ? described.ApiVersion[..slash] : "";
        var type = resources.OfKind(group, described.Kind ?? "");
        var resource = type?.Ref.ToString() ?? described.Kind?.ToLowerInvariant() + "s";
        return type is { Namespaced: false } ? $"{resource}/{Escaped(described.Name)}" : $"namespaces/{ns}/{resource}/{Escaped(described.Name)}";
    }

    /// <summary>Null where nobody serves such metrics in a version that is known.</summary>
    private async ValueTask<CustomSeen?> Custom(string path, CancellationToken cancel)
    {
        const string root = "/apis/custom.metrics.k8s.io";
        if (await api.Document(root, cancel) is not { Ok: true } group) return null;
        var offered = (JsonReader.ReadMap(group.Value.Json.Span).List("versions") ?? []).Maps().Select(v => v.Text("version")).ToHashSet();
        return Spoken.FirstOrDefault(offered.Contains) is { } version ? Read(await api.Document($"{root}/{version}/{path.TrimEnd('?')}", cancel), "custom") : null;
    }

    private static CustomSeen? Read(Result<ApiObject> answer, string which)
    {
        // That nobody serves them has words of its own.
        if (answer.Error is { Code: 404, Reason: "" }) return null;
        if (answer.Error is { } error) return new([], $"unable to fetch metrics from {which} metrics API: {error.Message}");
        try
        {
            var items = (JsonReader.ReadMap(answer.Value.Json.Span).List("items") ?? []).Maps().ToList();
            if (items.Count == 0) return new([], $"no metrics returned from {which} metrics API");
            return new([.. items.Select(i => (i.Map("describedObject")?.Text("name") ?? "", new PodUse(Quantity.Parse(i["value"]).MilliValue, default, default)))], null);
        }
        catch (JsonException e)
        {
            return new([], $"unable to fetch metrics from {which} metrics API: {e.Message}");
        }
    }

    private static string Also(string parameter, MetricIdentifier metric) => metric.Selector is null ? "" : $"&{parameter}={Escaped(metric.Selector.Parsed().ToString())}";

    private static string Escaped(string? text) => Uri.EscapeDataString(text ?? "");
}
