using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Resource names and amounts, wherever they occur.</summary>
public static class ResourceValidation
{
    private static readonly string[] Container = ["cpu", "memory", "ephemeral-storage"];

    private static readonly string[] Quota =
    [
        "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage", "requests.ephemeral-storage", "limits.cpu",
        "limits.memory", "limits.ephemeral-storage", "pods", "resourcequotas", "services", "replicationcontrollers", "secrets",
        "persistentvolumeclaims", "configmaps", "services.nodeports", "services.loadbalancers",
    ];

    private static readonly string[] Counted =
    [
        "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "persistentvolumeclaims", "configmaps", "services.nodeports",
        "services.loadbalancers",
    ];

    public static bool IsHugePages(string name) => name.StartsWith("hugepages-", StringComparison.Ordinal);

    public static bool IsQuota(string name) =>
        Quota.Contains(name) || IsHugePages(name) || name.StartsWith("requests.hugepages-", StringComparison.Ordinal);

    private static bool IsNative(string name) => !name.Contains('/') || name.Contains("kubernetes.io/", StringComparison.Ordinal);

    private static bool IsExtended(string name) =>
        !IsNative(name) && !name.StartsWith("requests.", StringComparison.Ordinal) && !LabelRules.Key("requests." + name).Any();

    public static bool MayOvercommit(string name) => IsNative(name) && !IsHugePages(name);

    public static void Name(string name, Spot at)
    {
        var faults = LabelRules.Key(name).ToArray();
        foreach (var fault in faults) at.Invalid(name, fault);
        if (faults.Length == 0 && !name.Contains('/') && !IsQuota(name) && name != "storage")
            at.Invalid(name, "must be a standard resource type or fully qualified");
    }

    public static void ContainerName(string name, Spot at)
    {
        Name(name, at);
        if (!name.Contains('/'))
        {
            if (!Container.Contains(name) && !IsHugePages(name)) at.Invalid(name, "must be a standard resource for containers");
        }
        else if (!IsNative(name) && !IsExtended(name))
        {
            at.Invalid(name, "doesn't follow extended resource name standard");
        }
    }

    public static void QuotaName(string name, Spot at)
    {
        Name(name, at);
        if (!name.Contains('/') && !IsQuota(name)) at.Invalid(name, "must be a standard resource for quota");
    }

    public static void Amount(string name, Spot at)
    {
        var amount = at.Quantity;
        if (amount.Sign < 0) at.Invalid("must be greater than or equal to 0");
        if ((Counted.Contains(name) || IsExtended(name)) && !amount.IsWhole) at.Invalid("must be an integer");
    }

    /// <summary>limits and requests of a container, an overhead or a pod.</summary>
    public static void Requirements(Spot at, IReadOnlyCollection<string> claims, Action<string, Spot>? nameRule = null)
    {
        nameRule ??= ContainerName;
        var (limits, requests) = (at["limits"], at["requests"]);
        foreach (var (name, limit) in limits.Entries())
        {
            nameRule(name, limit);
            Amount(name, limit);
            HugePages(name, limit);
        }
        foreach (var (name, request) in requests.Entries())
        {
            nameRule(name, request);
            Amount(name, request);
            var limit = limits.At(name);
            if (!limit.IsSet)
            {
                if (!MayOvercommit(name)) limits.Required("Limit must be set for non overcommitable resources");
            }
            else if (!MayOvercommit(name) && request.Quantity != limit.Quantity)
            {
                requests.Invalid(request.Value!, $"must be equal to {name} limit of {limit.Text}");
            }
            else if (request.Quantity > limit.Quantity)
            {
                requests.Invalid(request.Value!, $"must be less than or equal to {name} limit of {limit.Text}");
            }
            HugePages(name, request);
        }
        var names = limits.Map.Keys.Concat(requests.Map.Keys).ToArray();
        if (names.Any(IsHugePages) && !names.Any(n => n is "cpu" or "memory")) at.Forbidden("HugePages require cpu or memory");
        Claims(at["claims"], claims);
    }

    private static void HugePages(string name, Spot at)
    {
        if (!IsHugePages(name) || !Quantity.TryParse(name["hugepages-".Length..], out var size, out _) || size.Sign <= 0) return;
        if (at.Quantity.Nano % size.Nano != 0) at.Invalid($"{at.Text} is not positive integer multiple of {name}");
    }

    private static void Claims(Spot claims, IReadOnlyCollection<string> known)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var claim in claims.Items())
        {
            var (name, request) = (claim["name"].Text, claim["request"].Text);
            if (name.Length == 0)
            {
                claim.Required();
                continue;
            }
            if (request.Length > 0) claim["request"].Follows(NameRules.DnsLabel);
            var key = request.Length > 0 ? $"{name}/{request}" : name;
            if (seen.Contains(name)) claim.Duplicate(name);
            else if (!seen.Add(key)) claim.Duplicate(key);
            else if (request.Length == 0 && seen.Any(s => s.StartsWith(name + "/", StringComparison.Ordinal))) claim.Duplicate(name);
            if (!known.Contains(name))
            {
                var among = known.Count == 0 ? " which is empty" : ": " + string.Join(", ", known.Order(StringComparer.Ordinal));
                claim.Errors.Add(new(claim.Path, FieldFault.NotFound, $"Not found: \"{name}\": must be one of the names in pod.spec.resourceClaims{among}"));
            }
        }
    }
}
