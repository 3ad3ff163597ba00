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

    private static readonly (string Annotation, string Advice)[] OldAnnotations =
    [
        ("scheduler.alpha.kubernetes.io/critical-pod", "non-functional in v1.16+; use the \"priorityClassName\" field instead"),
        ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
        ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ];

    private static readonly (string Source, string Shown, string Advice)[] OldVolumes =
    [
        ("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
        ("gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
        ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
        ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
        ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
        ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
        ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
        ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
        ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
    ];

    public static void OfPod(JsonMap pod, List<string> warnings)
    {
        Name(pod, "the Pod's hostname", warnings);
        Of(new Spot(pod, "", []), isTemplate: false, warnings);
    }

    /// <summary>A workload whose own name becomes part of its pods' names.</summary>
    public static void OfWorkload(JsonMap workload, List<string> warnings)
    {
        Name(workload, "Pod names and hostnames", warnings);
        OfTemplate(workload.Map("spec")?.Map("template"), "spec.template", warnings);
    }

    public static void OfTemplate(JsonMap? template, string path, List<string> warnings) => Of(new Spot(template, path, []), isTemplate: true, warnings);

    /// <summary>Said once, when the object is made; its name does not change.</summary>
    internal static void Name(JsonMap tree, string use, List<string> warnings)
    {
        var meta = tree.Map("metadata");
        if (meta?.Text("name") is not { Length: > 0 } name || meta.Has("resourceVersion")) return;
        var faults = NameRules.DnsLabel(name).ToArray();
        if (faults.Length > 0)
            warnings.Add($"metadata.name: this is used in {use}, which can result in surprising behavior; a DNS label is recommended: [{string.Join(' ', faults)}]");
    }

    private static void Of(Spot pod, bool isTemplate, List<string> warnings)
    {
        var (spec, notes) = (pod["spec"], pod["metadata"]["annotations"]);
        if (!spec.IsSet) return;
        NodeLabels(spec, warnings);
        foreach (var (annotation, advice) in OldAnnotations)
            if (notes.At(annotation).IsSet) warnings.Add($"{notes.At(annotation).Path}: {advice}");
        foreach (var volume in spec["volumes"].Items())
            foreach (var (source, shown, advice) in OldVolumes)
                if (volume[source].IsSet) warnings.Add($"{volume[shown].Path}: {advice}");
        Repeated(spec["hostAliases"], "ip", "ip", warnings);
        Repeated(spec["imagePullSecrets"], "name", "name", warnings);
        foreach (var secret in spec["imagePullSecrets"].Items())
            if (secret["name"].IsBlank) warnings.Add($"{secret["name"].Path}: invalid empty name \"\"");
        Fraction(spec["overhead"].At("memory"), warnings);
        Fraction(spec["overhead"].At("ephemeral-storage"), warnings);
        if (!spec["securityContext"]["seccompProfile"].IsSet) Seccomp(notes.At("seccomp.security.alpha.kubernetes.io/pod"), warnings);
        var containers = spec["initContainers"].Items().Concat(spec["containers"].Items()).Concat(spec["ephemeralContainers"].Items()).ToArray();
        foreach (var container in containers) Container(container, spec, notes, isTemplate, warnings);
        Ports(containers, warnings);
        if (spec["terminationGracePeriodSeconds"].Whole < 0)
            warnings.Add($"{spec["terminationGracePeriodSeconds"].Path}: must be >= 0; negative values are invalid and will be treated as 1");
    }

    private static void NodeLabels(Spot spec, List<string> warnings)
    {
        foreach (var (label, at) in spec["nodeSelector"].Entries())
            if (Advice(label) is { } advice) warnings.Add($"{at.Path}: {advice}");
        var affinity = spec["affinity"]["nodeAffinity"];
        var terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"].Items()
            .Concat(affinity["preferredDuringSchedulingIgnoredDuringExecution"].Items().Select(p => p["preference"]));
        foreach (var key in terms.SelectMany(t => t["matchExpressions"].Items()).Select(e => e["key"]))
            if (Advice(key.Text) is { } advice) warnings.Add($"{key.Path}: {key.Text} is {advice}");
        foreach (var constraint in spec["topologySpreadConstraints"].Items())
        {
            var key = constraint["topologyKey"];
            if (Advice(key.Text) is { } advice) warnings.Add($"{key.Path}: {key.Text} is {advice}");
            if (!constraint["labelSelector"].IsSet)
                warnings.Add($"{constraint["labelSelector"].Path}: a null labelSelector results in matching no pod");
        }
    }

    private static string? Advice(string label) => Array.Find(OldNodeLabels, l => l.Label == label).Advice;

    private static void Seccomp(Spot annotation, List<string> warnings)
    {
        if (annotation.IsSet) warnings.Add($"{annotation.Path}: non-functional in v1.27+; use the \"seccompProfile\" field instead");
    }

    private static void Container(Spot container, Spot spec, Spot notes, bool isTemplate, List<string> warnings)
    {
        var (name, context, resources) = (container["name"].Text, container["securityContext"], container["resources"]);
        if (!context["seccompProfile"].IsSet) Seccomp(notes.At("container.seccomp.security.alpha.kubernetes.io/" + name), warnings);
        var armor = notes.At("container.apparmor.security.beta.kubernetes.io/" + name);
        if (isTemplate && armor.IsSet && !context["appArmorProfile"].IsSet && !spec["securityContext"]["appArmorProfile"].IsSet)
            warnings.Add($"{armor.Path}: deprecated since v1.30; use the \"appArmorProfile\" field instead");
        foreach (var amount in (ReadOnlySpan<string>)["memory", "ephemeral-storage"])
        {
            Fraction(resources["limits"].At(amount), warnings);
            Fraction(resources["requests"].At(amount), warnings);
        }
        Hidden(container["env"], warnings);
    }

    /// <summary>A variable defined again hides the first, unless the second is made of it.</summary>
    private static void Hidden(Spot env, List<string> warnings)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var variable in env.Items())
        {
            var (name, value) = (variable["name"].Text, variable["value"].Text);
            if (seen.Add(name)) continue;
            var itself = $"$({name})";
            if (variable["valueFrom"].IsSet || value == itself || !value.Contains(itself, StringComparison.Ordinal))
                warnings.Add($"{variable.Path}: hides previous definition of \"{name}\", which may be dropped when using apply");
        }
    }

    /// <summary>Bytes can't be cut in pieces.</summary>
    private static void Fraction(Spot amount, List<string> warnings)
    {
        if (amount.IsSet && amount.Quantity.MilliValue % 1000 != 0)
            warnings.Add($"{amount.Path}: fractional byte value \"{amount.Text}\" is invalid, must be an integer");
    }

    private static void Repeated(Spot list, string key, string word, List<string> warnings)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list.Items())
            if (!seen.Add(item[key].Text)) warnings.Add($"{item[key].Path}: duplicate {word} \"{item[key].Text}\"");
    }

    private static void Ports(Spot[] containers, List<string> warnings)
    {
        var seen = new List<Spot>();
        foreach (var port in containers.SelectMany(c => c["ports"].Items()))
        {
            foreach (var other in seen.Where(o => o["containerPort"].Whole == port["containerPort"].Whole && o["protocol"].Text == port["protocol"].Text))
            {
                var (here, there) = (port["hostPort"].Whole ?? 0, other["hostPort"].Whole ?? 0);
                var (ip, otherIp) = (port["hostIP"].Text, other["hostIP"].Text);
                if (ip == otherIp && here == there) warnings.Add($"{port.Path}: duplicate port definition with {other.Path}");
                else if (here == 0 || there == 0) warnings.Add($"{port.Path}: overlapping port definition with {other.Path}");
                else if (here == there && ip.Length == 0 != (otherIp.Length == 0))
                    warnings.Add($"{port.Path}: dangerously ambiguous port definition with {other.Path}");
            }
            seen.Add(port);
        }
    }
}
