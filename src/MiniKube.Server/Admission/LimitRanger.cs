using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>LimitRanges: default requests and limits for containers that have none, and bounds for all.</summary>
internal sealed class LimitRanger(bool judge) : IAdmission
{
    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (request is { Operation: AdmissionOperation.Create or AdmissionOperation.Update, Subresource: "", Object: { } obj } && request.Namespace.Length > 0
            && (request.Is("", "pods") || request.Is("", "persistentvolumeclaims")))
        {
            var ranges = server.Store.Snapshot().List("limitranges", request.Namespace).Select(e => (e.Key.Name, Range: ObjectCodec.Shared(e))).ToList();
            if (ranges.Count > 0) return ValueTask.FromResult(judge ? Judge(request, obj, ranges) : Complete(request, obj, ranges));
        }
        return ValueTask.FromResult<ApiError?>(null);
    }

    private static IEnumerable<JsonMap> Limits(JsonMap range, string type) =>
        (range.Map("spec")?.List("limits") ?? []).Maps().Where(l => l.Text("type") == type);

    private static IEnumerable<JsonMap> Containers(JsonMap pod) =>
        new[] { "containers", "initContainers" }.SelectMany(l => (pod.Map("spec")?.List(l) ?? []).Maps());

    private static ApiError? Complete(AdmissionRequest request, JsonMap obj, List<(string Name, JsonMap Range)> ranges)
    {
        if (!request.Is("", "pods") || request.Operation != AdmissionOperation.Create) return null;
        var told = new List<string>();
        foreach (var (_, range) in ranges)
        {
            foreach (var limit in Limits(range, "Container"))
            {
                foreach (var container in Containers(obj))
                {
                    Fill(container, "limits", limit.Map("default"), "limit", told);
                    Fill(container, "requests", limit.Map("defaultRequest"), "request", told);
                }
            }
        }
        if (told.Count > 0) obj.MapOrNew("metadata").MapOrNew("annotations").Set("kubernetes.io/limit-ranger", "LimitRanger plugin set: " + string.Join("; ", told));
        return null;
    }

    private static void Fill(JsonMap container, string side, JsonMap? defaults, string word, List<string> told)
    {
        if (defaults is null) return;
        var set = new List<string>();
        foreach (var (resource, quantity) in defaults.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            var values = container.MapOrNew("resources").MapOrNew(side);
            if (values.Has(resource)) continue;
            values.Set(resource, quantity);
            set.Add(resource);
        }
        if (container.Map("resources")?.Map(side) is { Count: 0 }) container.Map("resources")!.Remove(side);
        if (set.Count > 0) told.Add($"{string.Join(", ", set)} {word} for container {container.Text("name")}");
    }

    private static ApiError? Judge(AdmissionRequest request, JsonMap obj, List<(string Name, JsonMap Range)> ranges)
    {
        var faults = new List<string>();
        foreach (var (_, range) in ranges)
        {
            if (request.Is("", "persistentvolumeclaims"))
            {
                foreach (var limit in Limits(range, "PersistentVolumeClaim")) Bound("PersistentVolumeClaim", limit, obj.Map("spec")?.Map("resources")?.Map("requests"), null, faults, claims: true);
                continue;
            }
            foreach (var limit in Limits(range, "Container"))
                foreach (var container in Containers(obj))
                    Bound("Container", limit, container.Map("resources")?.Map("requests"), container.Map("resources")?.Map("limits"), faults);
            foreach (var limit in Limits(range, "Pod"))
                Bound("Pod", limit, Sum(obj, "requests"), Sum(obj, "limits"), faults);
        }
        if (faults.Count == 0) return null;
        return ApiError.Forbidden("", request.Kind.Plural, request.Name, faults.Count == 1 ? faults[0] : $"[{string.Join(", ", faults)}]");
    }

    private static JsonMap Sum(JsonMap pod, string side)
    {
        var total = new JsonMap();
        foreach (var container in (pod.Map("spec")?.List("containers") ?? []).Maps())
            foreach (var (resource, quantity) in container.Map("resources")?.Map(side) ?? [])
                total.Set(resource, total[resource] is { } sum ? (Quantity.Parse(sum) + Quantity.Parse(quantity)).ToString() : quantity);
        return total;
    }

    private static void Bound(string type, JsonMap limit, JsonMap? requests, JsonMap? limits, List<string> faults, bool claims = false)
    {
        foreach (var (resource, least) in limit.Map("min") ?? [])
        {
            if (requests?[resource] is not { } asked) faults.Add($"minimum {resource} usage per {type} is {GoText.Of(least)}.  No request is specified");
            else if (Quantity.Parse(asked).CompareTo(Quantity.Parse(least)) < 0) faults.Add($"minimum {resource} usage per {type} is {GoText.Of(least)}, but request is {GoText.Of(asked)}");
        }
        foreach (var (resource, most) in limit.Map("max") ?? [])
        {
            var value = claims ? requests?[resource] : limits?[resource];
            if (value is null) faults.Add($"maximum {resource} usage per {type} is {GoText.Of(most)}.  No {(claims ? "request" : "limit")} is specified");
            else if (Quantity.Parse(value).CompareTo(Quantity.Parse(most)) > 0) faults.Add($"maximum {resource} usage per {type} is {GoText.Of(most)}, but {(claims ? "request" : "limit")} is {GoText.Of(value)}");
        }
        foreach (var (resource, most) in limit.Map("maxLimitRequestRatio") ?? [])
        {
            if (requests?[resource] is not { } asked || limits?[resource] is not { } bound) continue;
            var (a, b) = (Quantity.Parse(asked).ToDouble(), Quantity.Parse(bound).ToDouble());
            if (a > 0 && b / a > Quantity.Parse(most).ToDouble())
                faults.Add($"{resource} max limit to request ratio per {type} is {GoText.Of(most)}, but provided ratio is {(b / a).ToString("F6", System.Globalization.CultureInfo.InvariantCulture)}");
        }
    }
}
