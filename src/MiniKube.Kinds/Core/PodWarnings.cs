using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>What is legal in a pod but unwise or on its way out.</summary>
public static class PodWarnings
{
    private static readonly (string Label, string Advice)[] OldNodeLabels =
    [
        ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
        ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
        ("failure-domain.beta.kubernetes.io/region", "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead"),
        ("failure-domain.beta.kubernetes.io/zone", "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"),
        ("beta.kubernetes.io/instance-type", "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"),
    ];

    public static void OfPod(JsonMap pod, List<string> warnings) => Of(pod.Map("spec"), pod.Map("metadata"), "spec", warnings);

    public static void OfTemplate(JsonMap? template, string path, List<string> warnings) =>
        Of(template?.Map("spec"), template?.Map("metadata"), path + ".spec", warnings);

    private static void Of(JsonMap? podSpec, JsonMap? meta, string path, List<string> warnings)
    {
        if (podSpec is null) return;
        var spec = new Spot(podSpec, path, []);
        foreach (var (label, advice) in OldNodeLabels)
            if (spec["nodeSelector"].Map.Has(label)) warnings.Add($"{spec["nodeSelector"].Path}[{label}]: {advice}");
        DuplicateNames(spec["hostAliases"], "ip", "duplicate ip \"{0}\"", warnings);
        if (spec["imagePullSecrets"] is { IsSet: true } secrets)
        {
            foreach (var secret in secrets.Items())
                if (secret["name"].IsBlank) warnings.Add($"{secret["name"].Path}: invalid empty name \"\"");
            DuplicateNames(secrets, "name", "duplicate name \"{0}\"", warnings);
        }
        foreach (var volume in spec["volumes"].Items())
        {
            if (volume["gitRepo"].IsSet) warnings.Add($"{volume["gitRepo"].Path}: deprecated in v1.11, and disabled by default in v1.33+");
            if (volume["photonPersistentDisk"].IsSet) warnings.Add($"{volume["photonPersistentDisk"].Path}: deprecated in v1.11, non-functional in v1.16+");
            if (volume["glusterfs"].IsSet) warnings.Add($"{volume["glusterfs"].Path}: deprecated in v1.25, non-functional in v1.26+");
            if (volume["scaleIO"].IsSet) warnings.Add($"{volume["scaleIO"].Path}: deprecated in v1.16, non-functional in v1.22+");
            if (volume["flocker"].IsSet) warnings.Add($"{volume["flocker"].Path}: deprecated in v1.22, non-functional in v1.25+");
            if (volume["storageos"].IsSet) warnings.Add($"{volume["storageos"].Path}: deprecated in v1.22, non-functional in v1.25+");
            if (volume["quobyte"].IsSet) warnings.Add($"{volume["quobyte"].Path}: deprecated in v1.22, non-functional in v1.25+");
            if (volume["cephfs"].IsSet) warnings.Add($"{volume["cephfs"].Path}: deprecated in v1.28, non-functional in v1.31+");
            if (volume["rbd"].IsSet) warnings.Add($"{volume["rbd"].Path}: deprecated in v1.28, non-functional in v1.31+");
        }
        foreach (var key in meta?.Map("annotations")?.Keys ?? [])
        {
            if (key is "seccomp.security.alpha.kubernetes.io/pod" || key.StartsWith("container.seccomp.security.alpha.kubernetes.io/", StringComparison.Ordinal))
                warnings.Add($"metadata.annotations[{key}]: non-functional in v1.27+; use the \"seccompProfile\" field instead");
            if (key.StartsWith("container.apparmor.security.beta.kubernetes.io/", StringComparison.Ordinal))
                warnings.Add($"metadata.annotations[{key}]: deprecated since v1.30; use the \"appArmorProfile\" field instead");
        }
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers"])
            foreach (var container in spec[list].Items()) Container(container, warnings);
        DuplicatePorts(spec["containers"], warnings);
        if (spec["terminationGracePeriodSeconds"].Whole < 0)
            warnings.Add($"{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1");
        if (spec["overhead"].IsSet) Fractions(spec["overhead"], warnings);
    }

    private static void Container(Spot container, List<string> warnings)
    {
        Fractions(container["resources"]["limits"], warnings);
        Fractions(container["resources"]["requests"], warnings);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var variable in container["env"].Items())
        {
            if (!seen.Add(variable["name"].Text))
                warnings.Add($"{variable.Path}: hides previous definition of \"{variable["name"].Text}\", which may be dropped when using apply");
        }
    }

    /// <summary>Bytes can't be cut in pieces.</summary>
    private static void Fractions(Spot amounts, List<string> warnings)
    {
        foreach (var name in (ReadOnlySpan<string>)["memory", "ephemeral-storage"])
        {
            var amount = amounts.At(name);
            if (amount.IsSet && amount.Quantity.MilliValue % 1000 != 0)
                warnings.Add($"{amount.Path}: fractional byte value \"{amount.Text}\" is invalid, must be an integer");
        }
    }

    private static void DuplicateNames(Spot list, string key, string what, List<string> warnings)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list.Items())
            if (!seen.Add(item[key].Text) && !item[key].IsBlank) warnings.Add($"{item.Path}.{key}: {string.Format(null, what, item[key].Text)}");
    }

    private static void DuplicatePorts(Spot containers, List<string> warnings)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var port in containers.Items().SelectMany(c => c["ports"].Items()))
        {
            var key = $"{port["protocol"].Text}/{port["containerPort"].Whole}";
            if (seen.TryGetValue(key, out var first)) warnings.Add($"{port.Path}: duplicate port definition with {first}");
            else seen.Add(key, port.Path);
        }
    }
}
