using MiniKube.Machinery;

namespace MiniKube.Kinds.Networking;

internal static class NetworkPolicyHooks
{
    public static readonly KindHooks All = new() { Default = Default, Validate = Check };

    private static void Default(JsonMap policy)
    {
        var spec = policy.MapOrNew("spec");
        if (!spec.Has("policyTypes"))
            spec.Set("policyTypes", JsonList.OfTexts(spec.List("egress") is { Count: > 0 } ? ["Ingress", "Egress"] : ["Ingress"]));
    }

    private static void Check(JsonMap policy, List<FieldError> errors)
    {
        var spec = Spot.Root(policy, errors)["spec"];
        SelectorRules.Check(spec["podSelector"]);
        foreach (var rule in spec["ingress"].Items())
        {
            foreach (var port in rule["ports"].Items()) Port(port);
            foreach (var peer in rule["from"].Items()) Peer(peer);
        }
        foreach (var rule in spec["egress"].Items())
        {
            foreach (var port in rule["ports"].Items()) Port(port);
            foreach (var peer in rule["to"].Items()) Peer(peer);
        }
        var types = spec["policyTypes"];
        if (types.List.Count > 2)
        {
            types.Invalid("may not specify more than two policyTypes");
            return;
        }
        foreach (var type in types.Items())
            if (type.Text is not ("Ingress" or "Egress")) type.NotSupported("Ingress", "Egress");
    }

    private static void Port(Spot port)
    {
        port["protocol"].OneOfIfSet("TCP", "UDP", "SCTP");
        var (number, end) = (port["port"], port["endPort"]);
        if (number.Value is JsonNumber)
        {
            ValueRules.Port(number);
            if (end.IsSet)
            {
                if (number.Whole > end.Whole) end.Invalid("must be greater than or equal to `port`");
                ValueRules.Port(end);
            }
        }
        else if (number.IsSet)
        {
            if (end.IsSet) end.Invalid("may not be specified when `port` is non-numeric");
            number.Follows(ValueRules.PortName);
        }
        else if (end.IsSet)
        {
            end.Invalid("may not be specified when `port` is not specified");
        }
    }

    private static void Peer(Spot peer)
    {
        var sources = 0;
        foreach (var selector in (ReadOnlySpan<string>)["podSelector", "namespaceSelector"])
        {
            if (!peer[selector].IsSet) continue;
            sources++;
            SelectorRules.Check(peer[selector]);
        }
        if (peer["ipBlock"] is { IsSet: true } block)
        {
            Block(block);
            if (sources > 0) peer.Forbidden("may not specify both ipBlock and another peer");
            sources++;
        }
        if (sources == 0) peer.Required("must specify a peer");
    }

    private static void Block(Spot block)
    {
        var cidr = block["cidr"];
        if (cidr.IsBlank)
        {
            cidr.Required();
            return;
        }
        var whole = Cidr(cidr);
        foreach (var except in block["except"].Items())
        {
            if (Cidr(except) is not { } part || whole is not { } all) continue;
            var inside = ValueRules.Masked(part.Address, all.Bits).Equals(ValueRules.Masked(all.Address, all.Bits)) && part.Bits > all.Bits;
            if (!inside) except.Invalid("must be a strict subset of `cidr`");
        }
    }

    private static (System.Net.IPAddress Address, int Bits)? Cidr(Spot at)
    {
        if (!ValueRules.TryCidr(at.Text, out var address, out var bits))
        {
            foreach (var fault in ValueRules.Cidr(at.Text)) at.Invalid(at.Text, fault);
            return null;
        }
        if (!ValueRules.Masked(address, bits).Equals(address)) at.Invalid("must not have bits set beyond the prefix length");
        return (address, bits);
    }
}
