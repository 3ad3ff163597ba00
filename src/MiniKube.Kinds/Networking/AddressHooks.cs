using MiniKube.Machinery;

namespace MiniKube.Kinds.Networking;

/// <summary>IPAddress and ServiceCIDR.</summary>
internal static class AddressHooks
{
    public static readonly KindHooks IPAddress = new()
    {
        NameRule = name => ValueRules.TryIp(name, out var ip) && ip.ToString() == name ? [] : ["must be a canonical IP address"],
        Validate = (address, errors) =>
        {
            var parent = Spot.Root(address, errors)["spec"]["parentRef"];
            if (!parent.IsSet)
            {
                parent.Required();
                return;
            }
            if (parent["resource"].IsBlank) parent["resource"].Required();
            if (parent["name"].IsBlank) parent["name"].Required();
            else parent["name"].Follows(NameRules.PathSegment);
        },
        ValidateUpdate = (address, old, errors) =>
            Spot.Root(address, errors)["spec"]["parentRef"].SameAs(old.Map("spec")?["parentRef"]),
    };

    public static readonly KindHooks ServiceCIDR = new()
    {
        Validate = (range, errors) =>
        {
            var ranges = Spot.Root(range, errors)["spec"]["cidrs"];
            if (ranges.List.Count == 0) ranges.Required("at least one CIDR required");
            if (ranges.List.Count > 2) ranges.Invalid("may only hold up to 2 values");
            foreach (var at in ranges.Items()) at.Follows(ValueRules.Cidr);
        },
        ValidateUpdate = (range, old, errors) =>
        {
            var now = Spot.Root(range, errors)["spec"]["cidrs"];
            if (old.Map("spec")?.List("cidrs") is { Count: > 0 } was && (now.List.Count < was.Count || !was.Zip(now.List).All(p => p.First.SameAs(p.Second))))
                now.SameAs(was);
        },
    };
}
