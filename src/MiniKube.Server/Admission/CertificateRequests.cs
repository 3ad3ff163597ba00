using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>
/// Certificate requests: who asked is recorded, approving and signing need permission on the signer, and nobody gets into
/// system:masters this way.
/// </summary>
internal sealed class CertificateRequests(Authorizer authorizer) : IAdmission
{
    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(Check(request));

    private ApiError? Check(AdmissionRequest request)
    {
        if (!request.Is("certificates.k8s.io", "certificatesigningrequests")) return null;
        var spec = request.Object?.Map("spec");
        if (request is { Operation: AdmissionOperation.Create, Object: not null })
        {
            spec!.Set("username", request.User.Name);
            if (request.User.Uid.Length > 0) spec.Set("uid", request.User.Uid);
            spec.Set("groups", JsonList.OfTexts(request.User.Groups));
            if (request.User.Extra.Count > 0)
            {
                var extra = new JsonMap();
                foreach (var (key, values) in request.User.Extra) extra.Set(key, JsonList.OfTexts(values));
                spec.Set("extra", extra);
            }
            return Subject(request, spec);
        }
        if (request.Operation != AdmissionOperation.Update) return null;
        var signer = request.Old?.Map("spec")?.Text("signerName") ?? "";
        if (request.Subresource == "approval" && !May(request.User, "approve", signer))
            return Refused(request, $"user not permitted to approve requests with signerName \"{signer}\"");
        var certificate = !(request.Object?.Map("status")?["certificate"] ?? Json.Null).SameAs(request.Old?.Map("status")?["certificate"] ?? Json.Null);
        if (request.Subresource == "status" && certificate && !May(request.User, "sign", signer))
            return Refused(request, $"user not permitted to sign requests with signerName \"{signer}\"");
        return null;
    }

    private static ApiError? Subject(AdmissionRequest request, JsonMap spec)
    {
        if (spec.Text("signerName") != "kubernetes.io/kube-apiserver-client" || spec.Text("request") is not { } encoded) return null;
        try
        {
            var pem = System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(encoded));
            var loaded = System.Security.Cryptography.X509Certificates.CertificateRequest.LoadSigningRequestPem(pem, System.Security.Cryptography.HashAlgorithmName.SHA256);
            var (_, groups) = Pki.DistinguishedNames.Of(loaded.SubjectName);
            return groups.Contains(UserInfo.Masters) ? Refused(request, $"use of kubernetes.io/kube-apiserver-client signer with {UserInfo.Masters} group is not allowed") : null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            // Not readable: validation says so in its own words.
            return null;
        }
    }

    private bool May(UserInfo user, string verb, string signer)
    {
        var domain = signer.IndexOf('/') is var at and > 0 ? signer[..at] + "/*" : signer;
        return new[] { signer, domain }.Any(name => authorizer.Allows(user, new RequestInfo
        {
            Verb = verb,
            Path = "",
            IsResource = true,
            Group = "certificates.k8s.io",
            Version = "v1",
            Resource = "signers",
            Name = name,
        }));
    }

    private static ApiError Refused(AdmissionRequest request, string why) => ApiError.Forbidden("certificates.k8s.io", "certificatesigningrequests", request.Name, why);
}
