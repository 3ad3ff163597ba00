using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Environment variables and the references they are made of.</summary>
internal static class EnvValidation
{
    private static readonly string[] EnvFields =
    [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs",
        "status.podIP", "status.podIPs",
    ];

    private static readonly string[] VolumeFields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

    private static readonly string[] Resources =
    [
        "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory",
    ];

    private static readonly string[] Divisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

    public static void Env(Spot variables)
    {
        foreach (var variable in variables.Items())
        {
            if (variable["name"].IsBlank) variable["name"].Required();
            else variable["name"].Follows(ValueRules.EnvName);
            ValueFrom(variable["valueFrom"], !variable["value"].IsBlank);
        }
    }

    private static void ValueFrom(Spot from, bool hasValue)
    {
        if (!from.IsSet) return;
        var sources = 0;
        if (from["fieldRef"] is { IsSet: true } field)
        {
            sources++;
            FieldRef(field, EnvFields);
        }
        if (from["resourceFieldRef"] is { IsSet: true } resource)
        {
            sources++;
            ResourceRef(resource, inVolume: false);
        }
        if (from["configMapKeyRef"] is { IsSet: true } configMap)
        {
            sources++;
            KeyRef(configMap);
        }
        if (from["secretKeyRef"] is { IsSet: true } secret)
        {
            sources++;
            KeyRef(secret);
        }
        if (from["fileKeyRef"] is { IsSet: true } file)
        {
            sources++;
            if (file["volumeName"].IsBlank) file["volumeName"].Required();
            if (file["path"].IsBlank) file["path"].Required();
            if (file["key"].IsBlank) file["key"].Required();
        }
        if (sources == 0)
            from.Invalid("", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
        else if (hasValue)
            from.Invalid("", "may not be specified when `value` is not empty");
        else if (sources > 1)
            from.Invalid("", "may not have more than one field specified at a time");
    }

    public static void EnvFrom(Spot list)
    {
        foreach (var item in list.Items())
        {
            if (!item["prefix"].IsBlank) item["prefix"].Follows(ValueRules.EnvName);
            var sources = 0;
            foreach (var kind in (ReadOnlySpan<string>)["configMapRef", "secretRef"])
            {
                var source = item[kind];
                if (!source.IsSet) continue;
                sources++;
                if (source["name"].IsBlank) source["name"].Required();
                else source["name"].Follows(NameRules.DnsSubdomain);
            }
            if (sources == 0) list.Invalid("", "must specify one of: `configMapRef` or `secretRef`");
            else if (sources > 1) list.Invalid("", "may not have more than one field specified at a time");
        }
    }

    private static void KeyRef(Spot at)
    {
        at["name"].Follows(NameRules.DnsSubdomain);
        if (at["key"].IsBlank) at["key"].Required();
        else at["key"].Follows(ValueRules.ConfigKey);
    }

    public static void VolumeFieldRef(Spot at) => FieldRef(at, VolumeFields);

    private static void FieldRef(Spot at, string[] supported)
    {
        var (version, path) = (at["apiVersion"], at["fieldPath"]);
        if (version.IsBlank)
        {
            version.Required();
            return;
        }
        if (path.IsBlank)
        {
            path.Required();
            return;
        }
        if (version.Text != "v1")
        {
            path.Invalid($"error converting fieldPath: unsupported pod version: {version.Text}");
            return;
        }
        var (name, subscript) = Split(path.Text);
        if (subscript is not null && name is "metadata.annotations" or "metadata.labels" && subscript is not null)
        {
            foreach (var fault in LabelRules.Key(name == "metadata.labels" ? subscript : subscript.ToLowerInvariant())) at.Invalid(subscript, fault);
        }
        else if (subscript is not null || !(EnvFields.Contains(name) || VolumeFields.Contains(name)))
        {
            path.Invalid($"error converting fieldPath: field label not supported: {path.Text}");
        }
        else if (!supported.Contains(name))
        {
            path.NotSupported(supported);
        }
    }

    private static (string Name, string? Subscript) Split(string path)
    {
        var open = path.IndexOf("['", StringComparison.Ordinal);
        return open > 0 && path.EndsWith("']", StringComparison.Ordinal) ? (path[..open], path[(open + 2)..^2]) : (path, null);
    }

    public static void ResourceRef(Spot at, bool inVolume)
    {
        var resource = at["resource"];
        var hugePages = resource.Text.StartsWith("limits.hugepages-", StringComparison.Ordinal)
            || resource.Text.StartsWith("requests.hugepages-", StringComparison.Ordinal);
        if (inVolume && at["containerName"].IsBlank) at["containerName"].Required();
        else if (resource.IsBlank) resource.Required();
        else if (!Resources.Contains(resource.Text) && !hugePages) resource.NotSupported(Resources);
        Divisor(at["divisor"], resource.Text, hugePages);
    }

    private static void Divisor(Spot divisor, string resource, bool hugePages)
    {
        if (!divisor.IsSet || divisor.Quantity.IsZero) return;
        var (what, allowed) = resource switch
        {
            "limits.cpu" or "requests.cpu" => ("cpu", ["1m", "1"]),
            "limits.memory" or "requests.memory" => ("memory", Divisors),
            "limits.ephemeral-storage" or "requests.ephemeral-storage" => ("local ephemeral storage", Divisors),
            _ => ("hugepages", hugePages ? Divisors : null),
        };
        if (allowed is null || allowed.Contains(divisor.Quantity.ToString())) return;
        var list = what == "cpu" ? "1m and 1" : string.Join(", ", Divisors);
        divisor.Invalid(resource, $"only divisor's values {list} are supported with the {what} resource");
    }
}
