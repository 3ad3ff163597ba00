using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>LimitRanges: default requests and limits for containers that have none, and bounds for all.</summary>
internal sealed class LimitRanger(bool judge) : IAdmission
{
    private const string PodType = "Pod";
    private const string Claim = "PersistentVolumeClaim";
    private static readonly (string List, string Word)[] ContainerLists = [("containers", "container"), ("initContainers", "init container")];

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(Check(server, request));

    private ApiError? Check(ServerContext server, AdmissionRequest request)
    {
        if (request.Object is not { } obj || !Concerns(request)) return null;
        // What is on its way out may be finished, whatever the bounds became.
        if (request.Old?.Map("metadata")?.Has("deletionTimestamp") == true) return null;
        foreach (var entry in server.Store.Snapshot().List("limitranges", request.Namespace))
        {
            var limits = (ObjectCodec.Shared(entry).Map("spec")?.List("limits") ?? []).Maps().ToList();
            if (!judge) Complete(request, obj, limits);
            else if (Judge(request, obj, limits) is { } refusal) return refusal;
        }
        return null;
    }

    /// <summary>Pods when they are made or resized: nothing else changes their resources. Claims whenever they are written.</summary>
    private static bool Concerns(AdmissionRequest request) => (request.Operation, request.Subresource) switch
    {
        (AdmissionOperation.Create, "") => request.Is("", "pods") || request.Is("", "persistentvolumeclaims"),
        (AdmissionOperation.Update, "") => request.Is("", "persistentvolumeclaims"),
        (AdmissionOperation.Update, "resize") => request.Is("", "pods"),
        _ => false,
    };

    private static void Complete(AdmissionRequest request, JsonMap pod, List<JsonMap> limits)
    {
        if (!request.Is("", "pods")) return;
        var told = new List<string>();
        foreach (var limit in limits.Where(l => l.Text("type") == "Container"))
        {
            foreach (var (list, word) in ContainerLists)
            {
                foreach (var container in (pod.Map("spec")?.List(list) ?? []).Maps())
                {
                    Fill(container, "requests", limit.Map("defaultRequest"), $"request for {word}", told);
                    Fill(container, "limits", limit.Map("default"), $"limit for {word}", told);
                }
            }
        }
        if (told.Count > 0) pod.MapOrNew("metadata").MapOrNew("annotations").Set("kubernetes.io/limit-ranger", "LimitRanger plugin set: " + string.Join("; ", told));
    }

    private static void Fill(JsonMap container, string side, JsonMap? defaults, string what, List<string> told)
    {
        var set = new List<string>();
        foreach (var (resource, quantity) in (defaults ?? []).OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            if (container.Map("resources")?.Map(side)?.Has(resource) == true) continue;
            container.MapOrNew("resources").MapOrNew(side).Set(resource, quantity);
            set.Add(resource);
        }
        if (set.Count > 0) told.Add($"{string.Join(", ", set)} {what} {container.Text("name")}");
    }

    private static ApiError? Judge(AdmissionRequest request, JsonMap obj, List<JsonMap> limits)
    {
        var faults = new List<string>();
        foreach (var limit in limits)
        {
            switch (limit.Text("type"))
            {
                case Claim when request.Is("", "persistentvolumeclaims"):
                    var asked = obj.Map("spec")?.Map("resources")?.Map("requests");
                    Least(Claim, limit, asked, null, faults);
                    Most(Claim, limit, "request", asked, "limit", null, faults);
                    break;
                case "Container" when request.Is("", "pods"):
                    foreach (var (list, _) in ContainerLists)
                        foreach (var container in (obj.Map("spec")?.List(list) ?? []).Maps())
                            Bound("Container", limit, container.Map("resources")?.Map("requests"), container.Map("resources")?.Map("limits"), faults);
                    break;
                case PodType when request.Is("", "pods"):
                    Bound(PodType, limit, Total(obj, "requests"), Total(obj, "limits"), faults);
                    break;
            }
        }
        if (faults.Count == 0) return null;
        var said = faults.Distinct().ToList();
        return ApiError.Forbidden("", request.Kind.Plural, request.Name, said.Count == 1 ? said[0] : $"[{string.Join(", ", said)}]");
    }

    /// <summary>
    /// What the pod takes as a whole: its containers and sidecars together, or, where that is more, the greediest of the others that run
    /// before them with the sidecars started by then. What it says for itself counts instead.
    /// </summary>
    private static JsonMap Total(JsonMap pod, string side)
    {
        var (total, sidecars, before) = (new JsonMap(), new JsonMap(), new JsonMap());
        foreach (var container in (pod.Map("spec")?.List("containers") ?? []).Maps()) Add(total, container.Map("resources")?.Map(side));
        foreach (var container in (pod.Map("spec")?.List("initContainers") ?? []).Maps())
        {
            var own = container.Map("resources")?.Map(side);
            if (container.Text("restartPolicy") == "Always")
            {
                Add(total, own);
                Add(sidecars, own);
                Raise(before, sidecars);
                continue;
            }
            var then = sidecars.CloneMap();
            Add(then, own);
            Raise(before, then);
        }
        Raise(total, before);
        foreach (var (resource, quantity) in pod.Map("spec")?.Map("resources")?.Map(side) ?? []) total.Set(resource, quantity);
        return total;
    }

    private static void Add(JsonMap total, JsonMap? more)
    {
        foreach (var (resource, quantity) in more ?? [])
            total.Set(resource, total[resource] is { } sum ? (Quantity.Parse(sum) + Quantity.Parse(quantity)).ToString() : quantity);
    }

    private static void Raise(JsonMap total, JsonMap least)
    {
        foreach (var (resource, quantity) in least)
            if (total[resource] is not { } known || Quantity.Parse(known) < Quantity.Parse(quantity)) total.Set(resource, quantity);
    }

    private static void Bound(string type, JsonMap limit, JsonMap? requests, JsonMap? limits, List<string> faults)
    {
        Least(type, limit, requests, limits, faults);
        Most(type, limit, "limit", limits, "request", requests, faults);
        foreach (var (resource, most) in limit.Map("maxLimitRequestRatio") ?? [])
        {
            var start = $"{resource} max limit to request ratio per {type} is {GoText.Of(most)}, but ";
            var (request, bound) = (Quantity.Parse(requests?[resource] ?? "0"), Quantity.Parse(limits?[resource] ?? "0"));
            if (request.Sign == 0) faults.Add(start + "no request is specified or request is 0");
            else if (bound.Sign == 0) faults.Add(start + "no limit is specified or limit is 0");
            else if (bound.ToDouble() / request.ToDouble() is var ratio && ratio > Quantity.Parse(most).ToDouble())
                faults.Add($"{start}provided ratio is {ratio.ToString("F6", CultureInfo.InvariantCulture)}");
        }
    }

    private static void Least(string type, JsonMap limit, JsonMap? requests, JsonMap? limits, List<string> faults)
    {
        foreach (var (resource, least) in limit.Map("min") ?? [])
        {
            var start = $"minimum {resource} usage per {type} is {GoText.Of(least)}";
            if (requests?[resource] is not { } asked) faults.Add($"{start}.  No request is specified");
            else if (Quantity.Parse(asked) < Quantity.Parse(least)) faults.Add($"{start}, but request is {GoText.Of(asked)}");
            else if (limits?[resource] is { } bound && Quantity.Parse(bound) < Quantity.Parse(least)) faults.Add($"{start}, but limit is {GoText.Of(bound)}");
        }
    }

    /// <summary>The first side has to be there; the second counts where it is.</summary>
    private static void Most(string type, JsonMap limit, string first, JsonMap? values, string second, JsonMap? others, List<string> faults)
    {
        foreach (var (resource, most) in limit.Map("max") ?? [])
        {
            var start = $"maximum {resource} usage per {type} is {GoText.Of(most)}";
            if (values?[resource] is not { } value) faults.Add($"{start}.  No {first} is specified");
            else if (Quantity.Parse(value) > Quantity.Parse(most)) faults.Add($"{start}, but {first} is {GoText.Of(value)}");
            else if (others?[resource] is { } other && Quantity.Parse(other) > Quantity.Parse(most)) faults.Add($"{start}, but {second} is {GoText.Of(other)}");
        }
    }
}
