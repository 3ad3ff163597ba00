using MiniKube.Machinery;

namespace MiniKube.Kinds.Resource;

internal static class ResourceHooks
{
    public static readonly KindHooks DeviceClass = new()
    {
        Validate = (kind, errors) => Selectors(Spot.Root(kind, errors)["spec"]["selectors"]),
    };

    public static readonly KindHooks ResourceClaim = new()
    {
        Default = claim => Devices(claim.Map("spec")),
        Validate = (claim, errors) => Claim(Spot.Root(claim, errors)["spec"]),
        ValidateUpdate = (claim, old, errors) => Spot.Root(claim, errors)["spec"].SameAs(old["spec"]),
    };

    public static readonly KindHooks ResourceClaimTemplate = new()
    {
        Default = template => Devices(template.Map("spec")?.Map("spec")),
        Validate = (template, errors) => Claim(Spot.Root(template, errors)["spec"]["spec"]),
        ValidateUpdate = (template, old, errors) => Spot.Root(template, errors)["spec"].SameAs(old["spec"]),
    };

    public static readonly KindHooks ResourceSlice = new()
    {
        Validate = (slice, errors) =>
        {
            var spec = Spot.Root(slice, errors)["spec"];
            if (spec["driver"].IsBlank) spec["driver"].Required();
            else spec["driver"].Follows(NameRules.DnsSubdomain);
            if (spec["pool"]["name"].IsBlank) spec["pool"]["name"].Required();
            if (spec["pool"]["resourceSliceCount"].Whole is not > 0)
                spec["pool"]["resourceSliceCount"].Invalid(spec["pool"]["resourceSliceCount"].Value ?? 0, "must be greater than zero");
            var places = new[] { "nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection" }.Count(f => slice.Map("spec")?.Has(f) == true);
            if (places != 1)
                spec.Invalid($"exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required{(places == 0 ? "" : ", but multiple fields are set")}");
            var names = new HashSet<string>(StringComparer.Ordinal);
            if (spec["devices"].List.Count > 128) spec["devices"].TooMany(128);
            foreach (var device in spec["devices"].Items())
            {
                device["name"].Follows(NameRules.DnsLabel);
                if (!names.Add(device["name"].Text)) device["name"].Duplicate();
            }
        },
        ValidateUpdate = (slice, old, errors) =>
        {
            var spec = Spot.Root(slice, errors)["spec"];
            foreach (var field in (ReadOnlySpan<string>)["driver", "nodeName", "allNodes"]) spec[field].SameAs(old.Map("spec")?[field]);
            spec["pool"]["name"].SameAs(old.Map("spec")?.Map("pool")?["name"]);
        },
    };

    /// <summary>A request for a counted number of devices is for one, unless it says otherwise.</summary>
    private static void Devices(JsonMap? spec)
    {
        foreach (var request in (spec?.Map("devices")?.List("requests") ?? []).Maps())
        {
            var alternatives = (request.List("firstAvailable") ?? []).Maps();
            foreach (var one in alternatives.Concat(request.Map("exactly") is { } exactly ? [exactly] : []))
                if (one.Text("allocationMode") == "ExactCount" && !one.Has("count")) one.Set("count", 1);
        }
    }

    private static void Claim(Spot spec)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var requests = spec["devices"]["requests"];
        if (requests.List.Count > 32) requests.TooMany(32);
        foreach (var request in requests.Items())
        {
            request["name"].Follows(NameRules.DnsLabel);
            if (!names.Add(request["name"].Text)) request["name"].Duplicate();
            var (exactly, alternatives) = (request["exactly"], request["firstAvailable"]);
            if (!exactly.IsSet && alternatives.List.Count == 0) request.Required("exactly one of `exactly` or `firstAvailable` is required");
            else if (exactly.IsSet && alternatives.List.Count > 0) request.Invalid("exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set");
            foreach (var one in alternatives.Items().Prepend(exactly).Where(o => o.IsSet))
            {
                if (one["deviceClassName"].IsBlank) one["deviceClassName"].Required();
                else one["deviceClassName"].Follows(NameRules.DnsSubdomain);
                Selectors(one["selectors"]);
                one["allocationMode"].OneOf("All", "ExactCount");
                if (one["allocationMode"].Text == "All" && one["count"].Whole is not (null or 0))
                    one["count"].Invalid("must not be specified when allocationMode is 'All'");
                if (one["allocationMode"].Text == "ExactCount" && one["count"].Whole is not > 0) one["count"].Invalid(one["count"].Value ?? 0, "must be greater than zero");
            }
        }
    }

    private static void Selectors(Spot selectors)
    {
        if (selectors.List.Count > 32) selectors.TooMany(32);
        foreach (var selector in selectors.Items())
        {
            if (!selector["cel"].IsSet) selector["cel"].Required();
            else if (selector["cel"]["expression"].IsBlank) selector["cel"]["expression"].Required();
        }
    }
}
