using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class NodeHooks
{
    public static readonly KindHooks All = new()
    {
        Default = node =>
        {
            var status = node.MapOrNew("status");
            if (status.Has("capacity") && !status.Has("allocatable")) status.Set("allocatable", status["capacity"]!.Clone());
            var spec = node.MapOrNew("spec");
            if (spec.Text("podCIDR") is { Length: > 0 } range && !spec.Has("podCIDRs")) spec.Set("podCIDRs", JsonList.OfTexts([range]));
            else if (spec.List("podCIDRs") is { Count: > 0 } ranges && !spec.Has("podCIDR")) spec.Set("podCIDR", ranges[0]);
        },
        StatusOnCreate = true,
        Validate = Check,
        ValidateUpdate = CheckUpdate,
    };

    private static void Check(JsonMap node, List<FieldError> errors)
    {
        var root = Spot.Root(node, errors);
        AffinityValidation.Taints(root["spec"]["taints"].Under("metadata.taints"));
        foreach (var list in (ReadOnlySpan<string>)["capacity", "allocatable"])
            foreach (var (name, amount) in root["status"][list].Entries())
                ResourceValidation.Amount(name, amount.Under($"status.{list}.{name}"));
        var ranges = root["spec"]["podCIDRs"];
        foreach (var range in ranges.Items()) range.Follows(ValueRules.Cidr);
        if (ranges.List.Count > 2) ranges.Invalid("may specify no more than one CIDR for each IP family");
    }

    private static void CheckUpdate(JsonMap node, JsonMap old, List<FieldError> errors)
    {
        var spec = Spot.Root(node, errors)["spec"];
        var was = old.Map("spec");
        if (was?.List("podCIDRs") is { Count: > 0 } ranges && !ranges.SameAs(spec["podCIDRs"].Value))
            spec["podCIDRs"].Forbidden("node updates may not change podCIDR except from \"\" to valid");
        if (was?.Text("providerID") is { Length: > 0 } provider && provider != spec["providerID"].Text)
            spec["providerID"].Forbidden("node updates may not change providerID except from \"\" to valid");
    }
}
