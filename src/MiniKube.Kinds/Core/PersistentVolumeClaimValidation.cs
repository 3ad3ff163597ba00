using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class PersistentVolumeClaimValidation
{
    internal static readonly string[] AccessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

    public static readonly KindHooks All = new()
    {
        Default = MirrorDataSource,
        PrepareCreate = claim =>
        {
            claim.Set("status", new JsonMap { { "phase", "Pending" } });
            Finalizers.Ensure(claim, "kubernetes.io/pvc-protection");
        },
        Validate = (claim, errors) => Spec(Spot.Root(claim, errors)["spec"]),
        ValidateUpdate = CheckUpdate,
        Warn = (claim, warnings) => Warn(new Spot(claim, "", [])["spec"], warnings),
        ReturnsDeleted = true,
    };

    public static void Warn(Spot spec, List<string> warnings)
    {
        foreach (var list in (ReadOnlySpan<string>)["requests", "limits"])
        {
            var storage = spec["resources"][list].At("storage");
            if (storage.IsSet && storage.Quantity.MilliValue % 1000 != 0)
                warnings.Add($"{storage.Path}: fractional byte value \"{storage.Text}\" is invalid, must be an integer");
        }
    }

    /// <summary>dataSource and dataSourceRef say the same thing; whoever sets one gets the other.</summary>
    private static void MirrorDataSource(JsonMap claim)
    {
        if (claim.Map("spec") is not { } spec) return;
        if (spec.Map("dataSource") is { } source && !spec.Has("dataSourceRef")) spec.Set("dataSourceRef", source.Clone());
        else if (spec.Map("dataSourceRef") is { } reference && !spec.Has("dataSource") && !reference.Has("namespace")) spec.Set("dataSource", reference.Clone());
    }

    public static void Spec(Spot spec)
    {
        var modes = spec["accessModes"];
        if (modes.List.Count == 0) modes.Required("at least 1 access mode is required");
        if (spec["selector"].IsSet) SelectorRules.Check(spec["selector"]);
        Modes(modes);
        var storage = spec["resources"]["requests"].At("storage").Under($"{spec["resources"].Path}[storage]");
        if (!storage.IsSet) storage.Required();
        else if (storage.Quantity.Sign <= 0) storage.Invalid("must be greater than zero");
        foreach (var name in (ReadOnlySpan<string>)["storageClassName", "volumeAttributesClassName"])
            if (!spec[name].IsBlank) spec[name].Follows(NameRules.DnsSubdomain);
        spec["volumeMode"].OneOfIfSet("Block", "Filesystem");
        foreach (var name in (ReadOnlySpan<string>)["dataSource", "dataSourceRef"]) DataSource(spec[name]);
        var (source, reference) = (spec["dataSource"], spec["dataSourceRef"]);
        if (source.IsSet && reference.IsSet && !reference["namespace"].IsBlank)
            spec.Invalid(source.Path, "may not be specified when dataSourceRef.namespace is specified");
        else if (source.IsSet && reference.IsSet && !(source["kind"].Text == reference["kind"].Text && source["name"].Text == reference["name"].Text))
            spec.Invalid(source.Path, "must match dataSourceRef");
    }

    internal static void Modes(Spot modes)
    {
        foreach (var mode in modes.Items())
            if (!AccessModes.Contains(mode.Text)) mode.Under(modes.Path).NotSupported(AccessModes);
        if (modes.Texts.Contains("ReadWriteOncePod") && modes.Texts.Any(m => m != "ReadWriteOncePod" && AccessModes.Contains(m)))
            modes.Forbidden("may not use ReadWriteOncePod with other access modes");
    }

    private static void DataSource(Spot source)
    {
        if (!source.IsSet) return;
        if (source["name"].IsBlank) source["name"].Required();
        if (source["kind"].IsBlank) source["kind"].Required();
        if (source["apiGroup"].IsBlank && source["kind"].Text != "PersistentVolumeClaim")
            source.Invalid(source["kind"].Text, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
    }

    private static void CheckUpdate(JsonMap claim, JsonMap old, List<FieldError> errors)
    {
        var spec = Spot.Root(claim, errors)["spec"];
        var was = (old.Map("spec") ?? []).CloneMap();
        var now = spec.Map.CloneMap();
        if (!was.Has("volumeName")) was["volumeName"] = now["volumeName"];
        if (!was.Has("storageClassName")) was["storageClassName"] = now["storageClassName"];
        if (claim.Map("status")?.Text("phase") == "Bound")
        {
            if (now.Map("resources")?.Map("requests") is { } requests) requests["storage"] = was.Dig("resources", "requests", "storage");
            if (now.Has("volumeAttributesClassName")) now["volumeAttributesClassName"] = was["volumeAttributesClassName"];
        }
        if (!now.SameAs(was))
            spec.Forbidden("spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"
                + Difference.Of(was, now));
        var (size, before) = (spec["resources"]["requests"].At("storage").Quantity, Quantity.Parse(old.Dig("spec", "resources", "requests", "storage")));
        if (size < before && size <= Quantity.Parse(old.Dig("status", "capacity", "storage")))
            spec["resources"]["requests"]["storage"].Forbidden("field can not be less than status.capacity");
    }
}
