using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class ProjectedVolumeValidation
{
    private static readonly string[] Kinds = ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"];

    public static void Check(Spot projected)
    {
        ValueRules.FileMode(projected["defaultMode"]);
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in projected["sources"].Items())
        {
            var found = 0;
            foreach (var kind in Kinds)
            {
                var at = source[kind];
                if (!at.IsSet) continue;
                found++;
                One(kind, at, path =>
                {
                    if (path.Length > 0 && !paths.Add(path)) projected.Invalid(at["name"].Text, "conflicting duplicate paths");
                });
            }
            if (found > 1) source.Forbidden("may not specify more than 1 volume type");
        }
    }

    private static void One(string kind, Spot at, Action<string> claim)
    {
        switch (kind)
        {
            case "secret" or "configMap":
                if (at["name"].IsBlank) at["name"].Required();
                foreach (var item in at["items"].Items())
                {
                    VolumeValidation.KeyToPath(item);
                    claim(item["path"].Text);
                }
                break;
            case "downwardAPI":
                foreach (var item in at["items"].Items())
                {
                    VolumeValidation.DownwardFile(item.Under(at.Path));
                    claim(item["path"].Text);
                }
                break;
            case "serviceAccountToken":
                var seconds = at["expirationSeconds"];
                if (seconds.Whole < 600) seconds.Invalid("may not specify a duration less than 10 minutes");
                if (seconds.Whole > 1L << 32) seconds.Invalid("may not specify a duration larger than 2^32 seconds");
                if (at["path"].IsBlank) at["path"].Required();
                else ValueRules.UnreservedPath(at["path"]);
                claim(at["path"].Text);
                break;
            case "clusterTrustBundle":
                if (at["name"].IsSet == at["signerName"].IsSet)
                {
                    if (at["name"].IsSet) at.Invalid("only one of name and signerName may be used");
                    else at.Required("either name or signerName must be specified");
                }
                if (at["path"].IsBlank) at["path"].Required();
                else ValueRules.UnreservedPath(at["path"]);
                claim(at["path"].Text);
                break;
            case "podCertificate":
                if (at["signerName"].IsBlank) at["signerName"].Required();
                foreach (var name in (ReadOnlySpan<string>)["credentialBundlePath", "keyPath", "certificateChainPath"])
                {
                    if (!at[name].IsBlank) ValueRules.UnreservedPath(at[name]);
                    claim(at[name].Text);
                }
                break;
        }
    }
}
