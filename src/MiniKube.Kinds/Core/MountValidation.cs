using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Mounts and devices against the volumes of the pod and against each other.</summary>
internal static class MountValidation
{
    public static void Mounts(Spot container, IReadOnlyDictionary<string, JsonMap> volumes)
    {
        var mounts = container["volumeMounts"];
        var devices = container["volumeDevices"].List.Maps().ToArray();
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var mount in mounts.Items())
        {
            var (name, path) = (mount["name"], mount["mountPath"]);
            if (name.IsBlank) name.Required();
            if (!volumes.TryGetValue(name.Text, out var volume)) name.Errors.Add(FieldError.NotFound(name.Path, name.Text));
            if (path.IsBlank) path.Required();
            if (!paths.Add(path.Text)) path.Invalid(path.Text, "must be unique");
            if (devices.Any(d => d.Text("name") == name.Text)) name.Invalid("must not already exist in volumeDevices");
            if (devices.Any(d => d.Text("devicePath") == path.Text)) path.Invalid("must not already exist as a path in volumeDevices");
            if (volume?.Has("image") == true && !mount["subPathExpr"].IsBlank) mount["subPathExpr"].Invalid("not allowed in image volume sources");
            if (!mount["subPath"].IsBlank) ValueRules.DescendingPath(mount["subPath"].Under(mounts.Path + ".subPath"));
            if (!mount["subPathExpr"].IsBlank)
            {
                if (!mount["subPath"].IsBlank) mount["subPathExpr"].Invalid("subPathExpr and subPath are mutually exclusive");
                ValueRules.DescendingPath(mount["subPathExpr"].Under(mounts.Path + ".subPathExpr"));
            }
            Propagation(mount["mountPropagation"].Under(mounts.Path + ".mountPropagation"), container);
            RecursiveReadOnly(mount, mounts.Path + ".recursiveReadOnly");
        }
    }

    private static void Propagation(Spot propagation, Spot container)
    {
        if (!propagation.IsSet) return;
        propagation.OneOfIfSet("Bidirectional", "HostToContainer", "None");
        if (propagation.Text == "Bidirectional" && container["securityContext"]["privileged"].Bool != true)
            propagation.Forbidden("Bidirectional mount propagation is available only to privileged containers");
    }

    private static void RecursiveReadOnly(Spot mount, string path)
    {
        var recursive = mount["recursiveReadOnly"].Under(path);
        if (!recursive.IsSet) return;
        recursive.OneOfIfSet("Disabled", "Enabled", "IfPossible");
        if (recursive.Text is not ("Enabled" or "IfPossible")) return;
        if (mount["readOnly"].Bool != true) recursive.Forbidden("may only be specified when readOnly is true");
        if (mount["mountPropagation"].IsSet && mount["mountPropagation"].Text != "None")
            recursive.Forbidden("may only be specified when mountPropagation is None or not specified");
    }

    public static void Devices(Spot container, IReadOnlyDictionary<string, JsonMap> volumes)
    {
        var mounts = container["volumeMounts"].List.Maps().ToArray();
        var (names, paths) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var device in container["volumeDevices"].Items())
        {
            var (name, path) = (device["name"], device["devicePath"]);
            if (name.IsBlank) name.Required();
            if (names.Contains(name.Text)) name.Invalid("must be unique");
            if (!volumes.TryGetValue(name.Text, out var volume)) name.Errors.Add(FieldError.NotFound(name.Path, name.Text));
            else if (!volume.Has("persistentVolumeClaim") && !volume.Has("ephemeral"))
                name.Invalid("can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
            if (path.IsBlank) path.Required();
            if (paths.Contains(path.Text)) path.Invalid("must be unique");
            if (path.Text.Split('/').Contains("..")) path.Invalid("can not contain backsteps ('..')");
            else paths.Add(path.Text);
            if (mounts.Any(m => m.Text("name") == name.Text)) name.Invalid("must not already exist in volumeMounts");
            if (mounts.Any(m => m.Text("mountPath") == path.Text)) path.Invalid("must not already exist as a path in volumeMounts");
            if (!name.IsBlank) names.Add(name.Text);
        }
    }
}
