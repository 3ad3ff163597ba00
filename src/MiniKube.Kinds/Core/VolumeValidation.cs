using System.Text.RegularExpressions;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Volumes of pods: one source each, and what each source needs.</summary>
internal static partial class VolumeValidation
{
    private static readonly string[] HostPathTypes =
        ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

    /// <summary>In upstream's order, which decides which of two sources is the one too many.</summary>
    private static readonly (string Name, Action<Spot> Check)[] Sources =
    [
        ("emptyDir", EmptyDir), ("hostPath", HostPath), ("gitRepo", GitRepo), ("gcePersistentDisk", s => Disk(s, "pdName")),
        ("awsElasticBlockStore", s => Disk(s, "volumeID")), ("secret", s => Keyed(s, "secretName")), ("nfs", Nfs), ("iscsi", Iscsi),
        ("glusterfs", s => Needs(s, "endpoints", "path")), ("flocker", Flocker), ("persistentVolumeClaim", s => Needs(s, "claimName")),
        ("rbd", s => Monitored(s, "image")), ("cinder", Cinder), ("cephfs", s => Monitored(s)), ("quobyte", Quobyte), ("downwardAPI", DownwardApi),
        ("fc", FibreChannel), ("flexVolume", s => Needs(s, "driver")), ("configMap", s => Keyed(s, "name")),
        ("azureFile", s => Needs(s, "secretName", "shareName")), ("vsphereVolume", s => Needs(s, "volumePath")),
        ("photonPersistentDisk", s => Needs(s, "pdID")), ("portworxVolume", s => Needs(s, "volumeID")),
        ("azureDisk", s => Needs(s, "diskName", "diskURI")), ("storageos", StorageOS), ("projected", ProjectedVolumeValidation.Check),
        ("scaleIO", s => Needs(s, "gateway", "system", "volumeName")), ("csi", Csi), ("ephemeral", Ephemeral), ("image", Image),
    ];

    /// <summary>Checks them all; the valid ones by name are what mounts can refer to.</summary>
    public static Dictionary<string, JsonMap> All(Spot volumes, string podName)
    {
        var valid = new Dictionary<string, JsonMap>(StringComparer.Ordinal);
        var claimed = volumes.List.Maps().Where(v => v.Has("ephemeral")).Select(v => $"{podName}-{v.Text("name")}").ToArray();
        foreach (var volume in volumes.Items())
        {
            var before = volume.Errors.Count;
            Source(volume, podName);
            var name = volume["name"];
            if (name.IsBlank) name.Required();
            else name.Follows(NameRules.DnsLabel);
            if (valid.ContainsKey(name.Text)) name.Duplicate();
            if (volume.Errors.Count == before) valid.Add(name.Text, volume.Map);
            var claim = volume["persistentVolumeClaim"]["claimName"];
            if (podName.Length > 0 && claimed.Contains(claim.Text)) claim.Invalid("must not reference a PVC that gets created for an ephemeral volume");
        }
        return valid;
    }

    private static void Source(Spot volume, string podName)
    {
        var found = 0;
        foreach (var (name, check) in Sources)
        {
            var source = volume[name];
            if (!source.IsSet) continue;
            if (found++ > 0) source.Forbidden("may not specify more than 1 volume type");
            else check(source);
            if (name == "ephemeral" && found == 1 && podName.Length > 0 && !volume["name"].IsBlank)
            {
                var claim = $"{podName}-{volume["name"].Text}";
                foreach (var fault in NameRules.DnsSubdomain(claim)) volume["name"].Invalid($"PVC name \"{claim}\": {fault}");
            }
        }
        if (found == 0) volume.Required("must specify a volume type");
    }

    private static void Needs(Spot source, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
            if (source[field].IsBlank) source[field].Required();
    }

    private static void EmptyDir(Spot source)
    {
        if (source["sizeLimit"].IsSet && source["sizeLimit"].Quantity.Sign < 0)
            source["sizeLimit"].Forbidden("SizeLimit field must be a valid resource quantity");
    }

    internal static void HostPath(Spot source)
    {
        if (source["path"].IsBlank)
        {
            source["path"].Required();
            return;
        }
        ValueRules.NoBacksteps(source["path"]);
        source["type"].OneOfIfSet(HostPathTypes);
    }

    private static void GitRepo(Spot source)
    {
        Needs(source, "repository");
        ValueRules.DescendingPath(source["directory"]);
    }

    internal static void Disk(Spot source, string id)
    {
        Needs(source, id);
        if (source["partition"].Whole is < 0 or > 255) source["partition"].Invalid("must be between 1 and 255, inclusive");
    }

    private static void Keyed(Spot source, string name)
    {
        Needs(source, name);
        ValueRules.FileMode(source["defaultMode"]);
        foreach (var item in source["items"].Items()) KeyToPath(item);
    }

    internal static void KeyToPath(Spot item)
    {
        Needs(item, "key", "path");
        ValueRules.UnreservedPath(item["path"]);
        ValueRules.FileMode(item["mode"]);
    }

    internal static void Nfs(Spot source)
    {
        Needs(source, "server", "path");
        if (!source["path"].Text.StartsWith('/')) source["path"].Invalid(source["path"].Text, "must be an absolute path");
    }

    [GeneratedRegex(@"\Aiqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)\z|\Aeui.[A-Za-z0-9]{16}\z|\Anaa.[A-Za-z0-9]{32}\z")]
    private static partial Regex IscsiName();

    internal static void Iscsi(Spot source)
    {
        Needs(source, "targetPortal", "iqn");
        if (!source["iqn"].IsBlank && !IscsiName().IsMatch(source["iqn"].Text)) source["iqn"].Invalid("must be valid format");
        source["lun"].Within(0, 255);
        if ((source["chapAuthDiscovery"].Bool == true || source["chapAuthSession"].Bool == true) && !source["secretRef"].IsSet) source["secretRef"].Required();
        if (source["initiatorName"].IsSet && !IscsiName().IsMatch(source["initiatorName"].Text))
            source["initiatorname"].Invalid(source["initiatorName"].Text, "must be valid format");
    }

    internal static void Flocker(Spot source)
    {
        if (source["datasetName"].IsBlank && source["datasetUUID"].IsBlank) source.Required("one of datasetName and datasetUUID is required");
        if (!source["datasetName"].IsBlank && !source["datasetUUID"].IsBlank)
            source.Invalid("resource", "datasetName and datasetUUID can not be specified simultaneously");
        if (source["datasetName"].Text.Contains('/')) source["datasetName"].Invalid("must not contain '/'");
    }

    internal static void Monitored(Spot source, params ReadOnlySpan<string> fields)
    {
        if (source["monitors"].List.Count == 0) source["monitors"].Required();
        Needs(source, fields);
    }

    internal static void Cinder(Spot source)
    {
        Needs(source, "volumeID");
        if (source["secretRef"].IsSet) Needs(source["secretRef"], "name");
    }

    internal static void Quobyte(Spot source)
    {
        if (source["registry"].IsBlank) source["registry"].Required("must be a host:port pair or multiple pairs separated by commas");
        else if (source["tenant"].Text.Length >= 65) source["tenant"].Required("must be a UUID and may not exceed a length of 64 characters");
        Needs(source, "volume");
    }

    internal static void FibreChannel(Spot source)
    {
        var (names, ids) = (source["targetWWNs"], source["wwids"]);
        if (names.List.Count == 0 && ids.List.Count == 0) names.Required("must specify either targetWWNs or wwids, but not both");
        if (names.List.Count > 0 && ids.List.Count > 0) names.Invalid("targetWWNs and wwids can not be specified simultaneously");
        if (names.List.Count == 0) return;
        if (!source["lun"].IsSet) source["lun"].Required("lun is required if targetWWNs is specified");
        else source["lun"].Within(0, 255);
    }

    internal static void StorageOS(Spot source)
    {
        if (source["volumeName"].IsBlank) source["volumeName"].Required();
        else source["volumeName"].Follows(NameRules.DnsLabel);
        if (!source["volumeNamespace"].IsBlank) source["volumeNamespace"].Follows(NameRules.DnsLabel);
        if (source["secretRef"].IsSet) Needs(source["secretRef"], "name");
    }

    private static void DownwardApi(Spot source)
    {
        ValueRules.FileMode(source["defaultMode"]);
        foreach (var item in source["items"].Items()) DownwardFile(item.Under(source.Path));
    }

    internal static void DownwardFile(Spot file)
    {
        Needs(file, "path");
        ValueRules.UnreservedPath(file["path"]);
        if (file["fieldRef"].IsSet)
        {
            EnvValidation.VolumeFieldRef(file["fieldRef"]);
            if (file["resourceFieldRef"].IsSet) file.Invalid("resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
        }
        else if (file["resourceFieldRef"].IsSet)
        {
            EnvValidation.ResourceRef(file["resourceFieldRef"], inVolume: true);
        }
        else
        {
            file.Required("one of fieldRef and resourceFieldRef is required");
        }
        ValueRules.FileMode(file["mode"]);
    }

    private static void Csi(Spot source)
    {
        DriverName(source["driver"]);
        if (source["nodePublishSecretRef"].IsSet)
        {
            var name = source["nodePublishSecretRef"]["name"];
            if (name.IsBlank) name.Required();
            else name.Follows(NameRules.DnsSubdomain);
        }
    }

    internal static void DriverName(Spot driver)
    {
        if (driver.IsBlank) driver.Required();
        if (driver.Text.Length > 63) driver.TooLong(63);
        foreach (var fault in NameRules.DnsSubdomain(driver.Text.ToLowerInvariant())) driver.Invalid(driver.Text, fault);
    }

    private static void Ephemeral(Spot source)
    {
        var template = source["volumeClaimTemplate"];
        if (!template.IsSet)
        {
            template.Required();
            return;
        }
        ObjectMetaRules.Labels(template["metadata"]["labels"].Value as JsonMap, template["metadata"]["labels"].Path, source.Errors);
        ObjectMetaRules.Annotations(template["metadata"]["annotations"].Value as JsonMap, template["metadata"]["annotations"].Path, source.Errors);
        PersistentVolumeClaimValidation.Spec(template["spec"]);
    }

    private static void Image(Spot source)
    {
        if (source["reference"].IsBlank) source["reference"].Required();
        source["pullPolicy"].OneOf("Always", "IfNotPresent", "Never");
    }
}
