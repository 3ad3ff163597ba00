using MiniKube.Machinery;

namespace MiniKube.Kinds.Certificates;

internal static class CertificateSigningRequestHooks
{
    public static readonly KindHooks All = new()
    {
        NameRule = NameRules.PathSegment,
        PrepareCreate = csr => csr.Set("status", new JsonMap()),
        PrepareUpdate = (csr, old) =>
        {
            csr["spec"] = old["spec"];
            csr["status"] = old["status"];
        },
        Validate = Check,
        ValidateUpdate = (next, old, errors) => CertificateConditions.Check(next, old, mayDecide: true, errors),
        ValidateStatusUpdate = (next, old, errors) => CertificateConditions.Check(next, old, mayDecide: false, errors),
    };

    private static void Check(JsonMap csr, List<FieldError> errors)
    {
        var spec = Spot.Root(csr, errors)["spec"];
        var (request, signer, seconds) = (spec["request"], spec["signerName"], spec["expirationSeconds"]);
        if (!IsRequest(request.Text)) request.Invalid(request.Value ?? Json.Null, "PEM block type must be CERTIFICATE REQUEST");
        var usages = spec["usages"];
        if (usages.List.Count == 0) usages.Required("usages must be specified");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var usage in usages.Items())
            if (!seen.Add(usage.Text)) usage.Duplicate();
        Signer(signer);
        if (seconds.Whole < 600) seconds.Invalid("may not specify a duration less than 600 seconds (10 minutes)");
    }

    private static bool IsRequest(string base64)
    {
        try
        {
            var text = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(base64));
            return text.Contains("-----BEGIN CERTIFICATE REQUEST-----", StringComparison.Ordinal)
                || text.Contains("-----BEGIN NEW CERTIFICATE REQUEST-----", StringComparison.Ordinal);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static void Signer(Spot signer)
    {
        if (signer.IsBlank)
        {
            signer.Required();
            return;
        }
        var parts = signer.Text.Split('/');
        if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
        {
            signer.Invalid("must be a fully qualified domain and path of the form 'example.com/signer-name'");
            return;
        }
        if (signer.Text == "kubernetes.io/legacy-unknown") signer.Invalid("the legacy signerName is not allowed via this API version");
        foreach (var fault in NameRules.DnsSubdomain(parts[0])) signer.Invalid(parts[0], fault);
        if (!parts[0].Contains('.')) signer.Invalid(parts[0], "should be a domain with at least two segments separated by dots");
    }
}
