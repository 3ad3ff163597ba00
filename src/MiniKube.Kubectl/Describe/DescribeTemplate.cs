using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>A template of pods, as workloads have one.</summary>
internal static class DescribeTemplate
{
    public static string Of(JsonMap template)
    {
        var text = new DescribeText();
        text.Line(0, "Pod Template:");
        Write(text, template);
        return text.ToString();
    }

    public static void Write(DescribeText text, JsonMap template)
    {
        var spec = template.Spec();
        text.Pairs("  ", "Labels", template.Meta().Map("labels"));
        if (template.Meta().Map("annotations") is { Count: > 0 } annotations) text.Pairs("  ", "Annotations", annotations, ": ");
        text.Maybe(1, "Service Account", spec.Text("serviceAccountName"));
        if (spec.Maps("initContainers").Any()) DescribeContainers.Write(text, "Init Containers", spec.Maps("initContainers"), null, "  ");
        DescribeContainers.Write(text, "Containers", spec.Maps("containers"), null, "  ");
        DescribeVolumes.Write(text, spec.Maps("volumes"), "  ");
        text.Maybe(1, "Priority Class Name", spec.Text("priorityClassName"));
        text.Pairs("  ", "Node-Selectors", spec.Map("nodeSelector"));
        Tolerations(text, spec, "  ");
    }

    public static void Tolerations(DescribeText text, JsonMap spec, string indent)
    {
        var all = spec.Maps("tolerations").Select(Toleration).Order(StringComparer.Ordinal).ToList();
        if (all.Count == 0) text.Line(0, $"{indent}Tolerations:\t<none>");
        for (var i = 0; i < all.Count; i++) text.Line(0, $"{indent}{(i == 0 ? "Tolerations:" : "")}\t{all[i]}");
    }

    private static string Toleration(JsonMap toleration)
    {
        var said = toleration.Text("key") ?? "";
        if (toleration.Text("value") is { Length: > 0 } value) said += "=" + value;
        if (toleration.Text("effect") is { Length: > 0 } effect) said += ":" + effect;
        if (toleration.Text("operator") == "Exists" && toleration.Text("value") is null or "") said += said.Length > 0 || toleration.Text("effect") is { Length: > 0 } ? " op=Exists" : "op=Exists";
        if (toleration.Whole("tolerationSeconds") is { } seconds) said += $" for {seconds}s";
        return said;
    }
}
