using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class PersistentVolumeValidation
{
    private static readonly (string Name, Action<Spot> Check)[] Sources =
    [
        ("hostPath", VolumeValidation.HostPath), ("gcePersistentDisk", s => VolumeValidation.Disk(s, "pdName")),
        ("awsElasticBlockStore", s => VolumeValidation.Disk(s, "volumeID")), ("glusterfs", s => Needs(s, "endpoints", "path")),
        ("flocker", VolumeValidation.Flocker), ("nfs", VolumeValidation.Nfs), ("rbd", s => VolumeValidation.Monitored(s, "image")),
        ("quobyte", VolumeValidation.Quobyte), ("cephfs", s => VolumeValidation.Monitored(s)), ("iscsi", VolumeValidation.Iscsi),
        ("cinder", VolumeValidation.Cinder), ("fc", VolumeValidation.FibreChannel), ("flexVolume", s => Needs(s, "driver")),
        ("azureFile", s => Needs(s, "secretName", "shareName")), ("vsphereVolume", s => Needs(s, "volumePath")),
        ("photonPersistentDisk", s => Needs(s, "pdID")), ("portworxVolume", s => Needs(s, "volumeID")),
        ("azureDisk", s => Needs(s, "diskName", "diskURI")), ("scaleIO", s => Needs(s, "gateway", "system", "volumeName")),
        ("local", Local), ("storageos", VolumeValidation.StorageOS), ("csi", Csi),
    ];

    public static readonly KindHooks All = new()
    {
        PrepareCreate = volume =>
        {
            volume.Set("status", new JsonMap { { "phase", "Pending" } });
            Finalizers.Ensure(volume, "kubernetes.io/pv-protection");
        },
        Validate = (volume, errors) => Check(Spot.Root(volume, errors)["spec"]),
        ValidateUpdate = CheckUpdate,
        Warn = (volume, warnings) =>
        {
            var spec = new Spot(volume, "", [])["spec"];
            if (spec["persistentVolumeReclaimPolicy"].Text == "Recycle")
                warnings.Add("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.");
            var storage = spec["capacity"].At("storage");
            if (storage.IsSet && storage.Quantity.MilliValue % 1000 != 0)
                warnings.Add($"{storage.Path}: fractional byte value \"{storage.Text}\" is invalid, must be an integer");
        },
        ReturnsDeleted = true,
    };

    private static void Needs(Spot source, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
            if (source[field].IsBlank) source[field].Required();
    }

    private static void Check(Spot spec)
    {
        var modes = spec["accessModes"];
        if (modes.List.Count == 0) modes.Required();
        PersistentVolumeClaimValidation.Modes(modes);
        var capacity = spec["capacity"];
        if (capacity.Map.Count == 0) capacity.Required();
        else if (!capacity.Map.Has("storage") || capacity.Map.Count > 1) capacity.NotSupported("storage");
        foreach (var (_, amount) in capacity.Entries())
            if (amount.Quantity.Sign <= 0) amount.Invalid("must be greater than zero");
        spec["persistentVolumeReclaimPolicy"].OneOfIfSet("Delete", "Recycle", "Retain");
        if (spec["nodeAffinity"] is { IsSet: true } affinity)
        {
            if (affinity["required"].IsSet) AffinityValidation.NodeSelector(affinity["required"]);
            else affinity["required"].Required("must specify required node constraints");
        }
        var found = 0;
        foreach (var (name, check) in Sources)
        {
            var source = spec[name];
            if (!source.IsSet) continue;
            if (found++ > 0) source.Forbidden("may not specify more than 1 volume type");
            else check(source);
            if (name == "local" && !spec["nodeAffinity"].IsSet) spec["nodeAffinity"].Required("Local volume requires node affinity");
        }
        if (found == 0) spec.Required("must specify a volume type");
        if (spec["persistentVolumeReclaimPolicy"].Text == "Recycle" && spec["hostPath"]["path"].Text.TrimEnd('/') == "" && spec["hostPath"].IsSet)
            spec["persistentVolumeReclaimPolicy"].Forbidden("may not be 'recycle' for a hostPath mount of '/'");
        if (!spec["storageClassName"].IsBlank) spec["storageClassName"].Follows(NameRules.DnsSubdomain);
        spec["volumeMode"].OneOfIfSet("Block", "Filesystem");
        var attributes = spec["volumeAttributesClassName"];
        if (!attributes.IsSet) return;
        if (attributes.IsBlank) attributes.Required("an empty string is disallowed");
        else attributes.Follows(NameRules.DnsSubdomain);
        if (!spec["csi"].IsSet) spec["csi"].Required("has to be specified when using volumeAttributesClassName");
    }

    private static void Local(Spot source)
    {
        if (source["path"].IsBlank) source["path"].Required();
        else ValueRules.NoBacksteps(source["path"]);
    }

    private static void Csi(Spot source)
    {
        VolumeValidation.DriverName(source["driver"]);
        if (source["volumeHandle"].IsBlank) source["volumeHandle"].Required();
        foreach (var field in source.Map.Keys.Where(k => k.EndsWith("SecretRef", StringComparison.Ordinal))) Needs(source[field], "name", "namespace");
    }

    private static void CheckUpdate(JsonMap volume, JsonMap old, List<FieldError> errors)
    {
        var spec = Spot.Root(volume, errors)["spec"];
        var was = old.Map("spec") ?? [];
        foreach (var (name, _) in Sources)
        {
            if (Same(spec[name].Value, was[name])) continue;
            spec.Under("spec.persistentvolumesource").Forbidden("spec.persistentvolumesource is immutable after creation");
            break;
        }
        spec["volumeMode"].Under("volumeMode").SameAs(was["volumeMode"]);
        if (was["nodeAffinity"] is { } affinity && !affinity.SameAs(spec["nodeAffinity"].Value))
            spec["nodeAffinity"].Under("nodeAffinity").Invalid(spec["nodeAffinity"].Value ?? Json.Null, "field is immutable");
    }

    private static bool Same(Json? a, Json? b) => a is null ? b is null : a.SameAs(b);
}
