using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Storage;

internal static class StorageHooks
{
    public static readonly KindHooks StorageClass = new()
    {
        Validate = (sc, errors) =>
        {
            var root = Spot.Root(sc, errors);
            Provisioner(root["provisioner"]);
            Parameters(root["parameters"], mayBeEmpty: true);
            root["reclaimPolicy"].OneOfIfSet("Delete", "Retain");
            if (!root["volumeBindingMode"].IsSet) root["volumeBindingMode"].Required();
            else root["volumeBindingMode"].OneOfIfSet("Immediate", "WaitForFirstConsumer");
            foreach (var term in root["allowedTopologies"].Items())
                foreach (var expression in term["matchLabelExpressions"].Items())
                {
                    if (expression["values"].List.Count == 0) expression["values"].Required();
                    SelectorRules.LabelKey(expression["key"]);
                }
        },
        ValidateUpdate = (sc, old, errors) =>
        {
            if (!Same(sc["parameters"], old["parameters"])) errors.Add(FieldError.Forbidden("parameters", "updates to parameters are forbidden."));
            if (sc.Text("provisioner") != old.Text("provisioner")) errors.Add(FieldError.Forbidden("provisioner", "updates to provisioner are forbidden."));
            if (sc.Text("reclaimPolicy") != old.Text("reclaimPolicy")) errors.Add(FieldError.Forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden."));
            Spot.Root(sc, errors)["volumeBindingMode"].SameAs(old["volumeBindingMode"]);
        },
    };

    public static readonly KindHooks VolumeAttachment = new()
    {
        Validate = (attachment, errors) =>
        {
            var spec = Spot.Root(attachment, errors)["spec"];
            VolumeValidation.DriverName(spec["attacher"]);
            var source = spec["source"];
            if (!source["persistentVolumeName"].IsSet && !source["inlineVolumeSpec"].IsSet)
                source.Required("must specify exactly one of inlineVolumeSpec and persistentVolumeName");
            if (source["persistentVolumeName"].IsSet && source["inlineVolumeSpec"].IsSet)
                source.Forbidden("must specify exactly one of inlineVolumeSpec and persistentVolumeName");
            if (source["persistentVolumeName"].IsSet) source["persistentVolumeName"].Follows(NameRules.DnsSubdomain);
            if (spec["nodeName"].IsBlank) spec["nodeName"].Required();
            else spec["nodeName"].Follows(NameRules.DnsSubdomain);
        },
        ValidateUpdate = (attachment, old, errors) =>
        {
            if (!Same(attachment["spec"], old["spec"])) errors.Add(FieldError.Invalid("spec", attachment["spec"], "field is immutable"));
        },
    };

    public static readonly KindHooks CSIDriver = new()
    {
        Default = driver =>
        {
            var spec = driver.MapOrNew("spec");
            if (!spec.Has("volumeLifecycleModes")) spec.Set("volumeLifecycleModes", JsonList.OfTexts(["Persistent"]));
        },
        Validate = (driver, errors) =>
        {
            var root = Spot.Root(driver, errors);
            VolumeValidation.DriverName(root["metadata"]["name"]);
            var spec = root["spec"];
            foreach (var field in (ReadOnlySpan<string>)["attachRequired", "podInfoOnMount", "storageCapacity"])
                if (!spec[field].IsSet) spec[field].Required();
            spec["fsGroupPolicy"].OneOfIfSet("File", "None", "ReadWriteOnceWithFSType");
            foreach (var mode in spec["volumeLifecycleModes"].Items())
                if (mode.Text is not ("Ephemeral" or "Persistent")) mode.Under(spec["volumeLifecycleModes"].Path).NotSupported("Ephemeral", "Persistent");
            var audiences = new HashSet<string>(StringComparer.Ordinal);
            foreach (var request in spec["tokenRequests"].Items())
            {
                if (!audiences.Add(request["audience"].Text)) request["audience"].Duplicate(request["audience"].Text);
                var seconds = request["expirationSeconds"];
                if (seconds.Whole < 600) seconds.Invalid("may not specify a duration less than 10 minutes");
                if (seconds.Whole > 1L << 32) seconds.Invalid("may not specify a duration larger than 2^32 seconds");
            }
        },
        ValidateUpdate = (driver, old, errors) =>
        {
            var spec = Spot.Root(driver, errors)["spec"];
            foreach (var field in (ReadOnlySpan<string>)["attachRequired", "volumeLifecycleModes"]) spec[field].SameAs(old.Map("spec")?[field]);
        },
    };

    public static readonly KindHooks CSINode = new()
    {
        Validate = (node, errors) =>
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var driver in Spot.Root(node, errors)["spec"]["drivers"].Items())
            {
                VolumeValidation.DriverName(driver["name"]);
                if (driver["nodeID"].IsBlank) driver["nodeID"].Required();
                driver["allocatable"]["count"].NotNegative();
                if (!names.Add(driver["name"].Text)) driver["name"].Duplicate();
            }
        },
    };

    public static readonly KindHooks CSIStorageCapacity = new()
    {
        Validate = (capacity, errors) =>
        {
            var root = Spot.Root(capacity, errors);
            if (root["storageClassName"].IsBlank) root["storageClassName"].Required();
            else root["storageClassName"].Follows(NameRules.DnsSubdomain);
            if (root["nodeTopology"].IsSet) SelectorRules.Check(root["nodeTopology"]);
            foreach (var amount in (ReadOnlySpan<string>)["capacity", "maximumVolumeSize"])
                if (root[amount].IsSet && root[amount].Quantity.Sign < 0) root[amount].Invalid("must be greater than or equal to 0");
        },
        ValidateUpdate = (capacity, old, errors) =>
        {
            var root = Spot.Root(capacity, errors);
            root["nodeTopology"].SameAs(old["nodeTopology"]);
            root["storageClassName"].SameAs(old["storageClassName"]);
        },
    };

    public static readonly KindHooks VolumeAttributesClass = new()
    {
        Validate = (vac, errors) =>
        {
            var root = Spot.Root(vac, errors);
            Provisioner(root["driverName"]);
            Parameters(root["parameters"], mayBeEmpty: false);
        },
        ValidateUpdate = (vac, old, errors) =>
        {
            if (vac.Text("driverName") != old.Text("driverName")) errors.Add(FieldError.Forbidden("driverName", "updates to driverName are forbidden."));
            if (!Same(vac["parameters"], old["parameters"])) errors.Add(FieldError.Forbidden("parameters", "updates to parameters are forbidden."));
        },
    };

    private static bool Same(Json? a, Json? b) => a is null ? b is null : a.SameAs(b);

    private static void Provisioner(Spot name)
    {
        if (name.IsBlank) name.Required();
        else foreach (var fault in LabelRules.Key(name.Text.ToLowerInvariant())) name.Invalid(name.Text, fault);
    }

    private static void Parameters(Spot parameters, bool mayBeEmpty)
    {
        if (!mayBeEmpty && parameters.Map.Count == 0) parameters.Required("must contain at least one key/value pair");
        if (parameters.Map.Count > 512) parameters.TooLong(512);
        if (parameters.Map.Sum(p => p.Key.Length + ((p.Value as JsonText)?.Value.Length ?? 0)) > 256 * 1024) parameters.TooLong(256 * 1024);
        if (parameters.Map.Has("")) parameters.Invalid("", "field can not be empty.");
    }
}
