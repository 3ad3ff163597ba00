using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Certificates;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Signs what has been approved. The key stays with whoever implements this.</summary>
public interface ICertificateSigner
{
    /// <summary>The certificate as PEM, or why there is none.</summary>
    Result<string> Sign(byte[] request, string signerName, IReadOnlyList<string> usages, TimeSpan? lifetime);
}

/// <summary>A request; Node is the one that it is about, where it is about one's own port.</summary>
public sealed record CsrSeen(Item<CertificateSigningRequest> Request, DateTimeOffset Now, Item<Node>? Node = null)
{
    /// <summary>Where the API itself is reached: nobody else is certified for that.</summary>
    public IReadOnlyList<string> ApiAddresses { get; init; } = [];
}

public static class Csr
{
    public const string NodeClient = "kubernetes.io/kube-apiserver-client-kubelet";
    public const string NodeServing = "kubernetes.io/kubelet-serving";
    public const string Client = "kubernetes.io/kube-apiserver-client";

    public static bool Has(this Item<CertificateSigningRequest> csr, string condition) =>
        csr.Value.Status?.Conditions?.Any(c => c.Type == condition) == true;

    public static bool IsIssued(this Item<CertificateSigningRequest> csr) => csr.Value.Status?.Certificate is { Length: > 0 };

    public static DateTimeOffset? Expiry(byte[]? pem)
    {
        try
        {
            if (pem is not { Length: > 0 }) return null;
            using var certificate = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(pem));
            return certificate.NotAfter.ToUniversalTime();
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }

    public static CertificateRequest? Read(byte[]? pem)
    {
        try
        {
            return pem is null ? null : CertificateRequest.LoadSigningRequestPem(Encoding.UTF8.GetString(pem), System.Security.Cryptography.HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>Nodes get their certificates: as clients a node for itself, or a bootstrap token for a new one; for its own port a node for its own name and addresses.</summary>
public sealed class CsrApprovingController(Caches caches) : Controller<CsrSeen>
{
    private readonly Cache<CertificateSigningRequest> requests = caches.Of<CertificateSigningRequest>();
    private readonly Cache<Node> nodes = caches.Of<Node>();
    private readonly Cache<EndpointSlice> slices = caches.Of<EndpointSlice>();
    private readonly Cache<Service> services = caches.Of<Service>();

    public override string Name => "csrapproving";

    public override string Account => "certificate-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(requests);
        triggers.Reads(slices);
        triggers.Reads(services);
        // A node asks before or after it has told its addresses.
        triggers.On(nodes, c => NodeNames.Of(c.Old) == NodeNames.Of(c.New) ? [] : requests.All().Where(r => r.Value.Spec?.SignerName == Csr.NodeServing && !r.Has("Approved")).Select(r => r.Key));
    }

    protected override CsrSeen? Observe(Turn turn) => requests.Get(turn.Key) is not { } csr ? null
        : new(csr, turn.Now, csr.Value.Spec is { SignerName: Csr.NodeServing, Username: { } user } && user.StartsWith(NodeNames.UserPrefix, StringComparison.Ordinal) ? nodes.Get("", user[NodeNames.UserPrefix.Length..]) : null)
        {
            ApiAddresses = [.. (slices.Get("default", "kubernetes")?.Value.Endpoints ?? []).SelectMany(e => e.Addresses ?? []), .. services.Get("default", "kubernetes")?.Value.Spec?.ClusterIPs ?? []],
        };

    protected override Plan For(CsrSeen seen) => PlanFor(seen);

    public static Plan PlanFor(CsrSeen seen)
    {
        var csr = seen.Request;
        if (csr.Has("Approved") || csr.Has("Denied") || csr.Has("Failed") || csr.IsIssued()) return Plan.Nothing;
        var spec = csr.Value.Spec ?? new();
        if (spec.SignerName == Csr.NodeServing) return ForServing(seen, spec);
        if (spec.SignerName != Csr.NodeClient || SignerRules.Fault(spec.Request, spec.SignerName, spec.Usages ?? []) is not null || SignerRules.Node(spec.Request) is not { } node) return Plan.Nothing;
        var itself = spec.Username == node;
        if (!itself && spec.Groups?.Contains("system:bootstrappers") != true && spec.Groups?.Contains("system:masters") != true) return Plan.Nothing;
        return Approve(seen, itself ? "Auto approving self kubelet client certificate after SubjectAccessReview." : "Auto approving kubelet client certificate after SubjectAccessReview.");
    }

    /// <summary>By this certificate others know the node's own port: it may say nothing but what the node is known by already.</summary>
    private static Plan ForServing(CsrSeen seen, CertificateSigningRequestSpec spec)
    {
        if (seen.Node is null || SignerRules.Fault(spec.Request, spec.SignerName, spec.Usages ?? []) is not null || SignerRules.Node(spec.Request) != spec.Username) return Plan.Nothing;
        var names = Csr.Read(spec.Request)!.CertificateExtensions.OfType<X509SubjectAlternativeNameExtension>().ToArray();
        var asked = names.SelectMany(n => n.EnumerateDnsNames().Concat(n.EnumerateIPAddresses().Select(a => a.ToString())));
        return asked.All(name => NodeNames.Known(seen.Node).Contains(name) && !seen.ApiAddresses.Contains(name)) ? Approve(seen, "Auto approving kubelet serving certificate for the node's own name and addresses.") : Plan.Nothing;
    }

    private static Plan Approve(CsrSeen seen, string why)
    {
        var csr = seen.Request;
        var tree = csr.Tree();
        tree.MapOrNew("status").ListOrNew("conditions").Add(new JsonMap
        {
            { "type", "Approved" }, { "status", "True" }, { "reason", "AutoApproved" }, { "message", why },
            { "lastUpdateTime", KubeTime.Seconds(seen.Now) }, { "lastTransitionTime", KubeTime.Seconds(seen.Now) },
        });
        return Plan.Of(new PlanAction.Replace(csr.Type.Ref, null, csr.Name, tree, "approval"));
    }
}

/// <summary>By what a node is known: its name and the addresses it reports.</summary>
internal static class NodeNames
{
    public const string UserPrefix = "system:node:";

    public static IReadOnlyList<string> Known(Item<Node> node) => [node.Name, .. (node.Value.Status?.Addresses ?? []).Where(a => a.Type is "InternalIP" or "ExternalIP" or "Hostname").Select(a => a.Address!)];

    public static string Of(Item<Node>? node) => node is null ? "" : string.Join(' ', Known(node));
}

/// <summary>Approved requests of the built-in signers get their certificate.</summary>
public sealed class CsrSigningController(Caches caches, ICertificateSigner signer) : FreshController<CsrSigningController.Seen>
{
    public sealed record Seen(CsrSeen Csr, Result<string> Signed);

    private readonly Cache<CertificateSigningRequest> requests = caches.Of<CertificateSigningRequest>();

    public override string Name => "csrsigning";

    public override string Account => "certificate-controller";

    public override void Watch(Triggers triggers) => triggers.OnSelf(requests);

    protected override ValueTask<Seen?> Observe(Turn turn, CancellationToken cancel)
    {
        if (requests.Get(turn.Key) is not { } csr || !csr.Has("Approved") || csr.Has("Denied") || csr.Has("Failed") || csr.IsIssued()) return new((Seen?)null);
        var spec = csr.Value.Spec ?? new();
        if (spec.SignerName is not (Csr.NodeClient or Csr.NodeServing or Csr.Client)) return new((Seen?)null);
        var lifetime = spec.ExpirationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        if (SignerRules.Fault(spec.Request, spec.SignerName, spec.Usages ?? []) is { } fault) return new(new Seen(new(csr, turn.Now), ApiError.BadRequest(fault)));
        return new(new Seen(new(csr, turn.Now), signer.Sign(spec.Request ?? [], spec.SignerName, spec.Usages ?? [], lifetime)));
    }

    protected override Plan For(Seen seen) => PlanFor(seen);

    public static Plan PlanFor(Seen seen)
    {
        var csr = seen.Csr.Request;
        var status = csr.Tree().Map("status") ?? [];
        if (seen.Signed.Ok) status["certificate"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(seen.Signed.Value));
        else
        {
            status.ListOrNew("conditions").Add(new JsonMap
            {
                { "type", "Failed" }, { "status", "True" }, { "reason", "SignerValidationFailure" }, { "message", seen.Signed.Error!.Message },
                { "lastUpdateTime", KubeTime.Seconds(seen.Csr.Now) }, { "lastTransitionTime", KubeTime.Seconds(seen.Csr.Now) },
            });
        }
        return Plan.Of(new PlanAction.SetStatus(csr.Type.Ref, null, csr.Name, csr.Uid, null, status));
    }
}

/// <summary>Requests don't stay for ever: pending ones a day, decided ones an hour, and none beyond its certificate.</summary>
public sealed class CsrCleanerController(Caches caches) : Controller<CsrSeen>
{
    private static readonly TimeSpan Pending = TimeSpan.FromHours(24);
    private static readonly TimeSpan Decided = TimeSpan.FromHours(1);

    private readonly Cache<CertificateSigningRequest> requests = caches.Of<CertificateSigningRequest>();

    public override string Name => "csrcleaner";

    public override string Account => "certificate-controller";

    public override void Watch(Triggers triggers) => triggers.OnSelf(requests);

    protected override CsrSeen? Observe(Turn turn) => requests.Get(turn.Key) is { } csr ? new(csr, turn.Now) : null;

    protected override Plan For(CsrSeen seen) => PlanFor(seen);

    public static Plan PlanFor(CsrSeen seen)
    {
        var csr = seen.Request;
        var conditions = csr.Value.Status?.Conditions ?? [];
        // An approved one that nobody has signed yet is still wanted.
        var decided = conditions.Where(c => c.Type is "Denied" or "Failed" || c.Type == "Approved" && csr.IsIssued()).Min(c => c.LastUpdateTime ?? c.LastTransitionTime);
        var due = conditions.Count == 0 ? csr.Meta.Created + Pending : decided + Decided;
        if (Csr.Expiry(csr.Value.Status?.Certificate) is { } expiry && !(due < expiry)) due = expiry;
        if (due is null) return Plan.Nothing;
        return due > seen.Now ? Plan.Recheck(due.Value - seen.Now)
            : Plan.Of(new PlanAction.Delete(csr.Type.Ref, null, csr.Name, csr.Uid, csr.Meta.ResourceVersion));
    }
}
