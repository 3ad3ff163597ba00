using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>The volumes of a pod: the usual ones in words, the others by what they say.</summary>
internal static class DescribeVolumes
{
    public static void Write(DescribeText text, IEnumerable<JsonMap> volumes, string indent)
    {
        var all = volumes.ToList();
        text.Line(0, all.Count == 0 ? $"{indent}Volumes:\t<none>" : $"{indent}Volumes:");
        foreach (var volume in all)
        {
            text.Line(1, $"{(indent.Length > 0 ? " " : "")}{volume.Text("name")}:");
            var (kind, source) = volume.FirstOrDefault(v => v.Key != "name") is { Value: JsonMap map } found ? (found.Key, map) : ("emptyDir", []);
            switch (kind)
            {
                case "emptyDir":
                    text.Line(2, "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)").Line(2, $"Medium:\t{source.Text("medium")}").Line(2, $"SizeLimit:\t{source["sizeLimit"].Show("<unset>")}");
                    break;
                case "hostPath":
                    text.Line(2, "Type:\tHostPath (bare host directory volume)").Line(2, $"Path:\t{source.Text("path")}").Line(2, $"HostPathType:\t{source.Text("type")}");
                    break;
                case "configMap":
                    text.Line(2, "Type:\tConfigMap (a volume populated by a ConfigMap)").Line(2, $"Name:\t{source.Text("name")}").Line(2, $"Optional:\t{(source.Bool("optional") == true ? "true" : "false")}");
                    break;
                case "secret":
                    text.Line(2, "Type:\tSecret (a volume populated by a Secret)").Line(2, $"SecretName:\t{source.Text("secretName")}").Line(2, $"Optional:\t{(source.Bool("optional") == true ? "true" : "false")}");
                    break;
                case "persistentVolumeClaim":
                    text.Line(2, "Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)").Line(2, $"ClaimName:\t{source.Text("claimName")}").Line(2, $"ReadOnly:\t{(source.Bool("readOnly") == true ? "true" : "false")}");
                    break;
                case "projected":
                    Projected(text, source);
                    break;
                default:
                    text.Line(2, $"Type:\t{char.ToUpperInvariant(kind[0])}{kind[1..]}");
                    foreach (var (key, value) in source) text.Line(2, $"{char.ToUpperInvariant(key[0])}{key[1..]}:\t{value.Show()}");
                    break;
            }
        }
    }

    private static void Projected(DescribeText text, JsonMap source)
    {
        text.Line(2, "Type:\tProjected (a volume that contains injected data from multiple sources)");
        foreach (var part in source.Maps("sources"))
        {
            if (part.Map("secret") is { } secret) text.Line(2, $"SecretName:\t{secret.Text("name")}").Line(2, $"Optional:\t{(secret.Bool("optional") == true ? "true" : "false")}");
            else if (part.Has("downwardAPI")) text.Line(2, "DownwardAPI:\ttrue");
            else if (part.Map("configMap") is { } map) text.Line(2, $"ConfigMapName:\t{map.Text("name")}").Line(2, $"Optional:\t{(map.Bool("optional") == true ? "true" : "false")}");
            else if (part.Map("serviceAccountToken") is { } token) text.Line(2, $"TokenExpirationSeconds:\t{token.Whole("expirationSeconds")}");
        }
    }
}
