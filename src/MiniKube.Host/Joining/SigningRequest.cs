using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Certificates;
using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Host;

/// <summary>Asks the cluster for a certificate and waits until it is approved and signed.</summary>
internal static class SigningRequest
{
    public const string NodeClient = "kubernetes.io/kube-apiserver-client-kubelet";
    public const string NodeServing = "kubernetes.io/kubelet-serving";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly ResourceRef Requests = Resources.RefOf<CertificateSigningRequest>();

    /// <summary>The certificate, or why there is none. The key stays here.</summary>
    public static async Task<Result<string>> Run(IApi api, ECDsa key, CertificateSpec spec, string signer, TimeProvider time, CancellationToken cancel)
    {
        var made = await api.Create(Requests, null, JsonWriter.ToUtf8(Request(key, spec, signer)), cancel: cancel);
        if (!made.Ok) return made.Error!;
        var name = Resources.Of<CertificateSigningRequest>().Item(made.Value.Json).Name;
        var asked = time.GetTimestamp();
        while (true)
        {
            var got = await api.Get(Requests, null, name, cancel: cancel);
            if (!got.Ok && got.Error!.Code is 401 or 403 or 404) return got.Error;
            if (got.Ok)
            {
                var status = Resources.Of<CertificateSigningRequest>().Read(got.Value.Json).Status;
                if (status?.Certificate is { Length: > 0 } certificate) return Encoding.ASCII.GetString(certificate);
                if (status?.Conditions?.FirstOrDefault(c => c.Type is "Denied" or "Failed") is { } end) return ApiError.BadRequest($"the request {name} was not granted ({end.Type}): {end.Message}");
            }
            if (time.GetElapsedTime(asked) > Patience) return ApiError.BadRequest($"the request {name} was neither signed nor refused within {Patience.TotalSeconds} s: 'kubectl get csr {name}' says more");
            await Task.Delay(Look, time, cancel);
        }
    }

    internal static JsonMap Request(ECDsa key, CertificateSpec spec, string signer)
    {
        var subject = new X500DistinguishedNameBuilder();
        foreach (var organization in spec.Organizations) subject.AddOrganizationName(organization);
        subject.AddCommonName(spec.CommonName);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        if (spec.DnsNames.Count + spec.Addresses.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var name in spec.DnsNames) names.AddDnsName(name);
            foreach (var address in spec.Addresses) names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }
        return new JsonMap
        {
            { "apiVersion", "certificates.k8s.io/v1" }, { "kind", "CertificateSigningRequest" }, { "metadata", new JsonMap { { "generateName", "csr-" } } },
            {
                "spec", new JsonMap
                {
                    { "request", Convert.ToBase64String(Encoding.ASCII.GetBytes(request.CreateSigningRequestPem() + "\n")) }, { "signerName", signer },
                    { "usages", JsonList.OfTexts(["digital signature", spec.ForServer ? "server auth" : "client auth"]) },
                }
            },
        };
    }
}
