using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

public enum AdmissionOperation
{
    Create,
    Update,
    Delete,
    Connect,
}

/// <summary>One write on its way through admission.</summary>
public sealed record AdmissionRequest
{
    public required AdmissionOperation Operation { get; init; }
    public required Kind Kind { get; init; }

    /// <summary>The version of it that was asked for.</summary>
    public Kind? Requested { get; init; }
    public required string Namespace { get; init; }
    public required string Name { get; init; }
    public string Subresource { get; init; } = "";

    /// <summary>The object as it will be stored; mutating plug-ins change it in place. Null for deletes.</summary>
    public JsonMap? Object { get; init; }

    /// <summary>The stored object before the write; not to be changed.</summary>
    public JsonMap? Old { get; init; }

    public required UserInfo User { get; init; }
    public bool DryRun { get; init; }
    public List<string> Warnings { get; init; } = [];

    /// <summary>What the audit log is told; null where there is none.</summary>
    public IDictionary<string, string>? Annotations { get; init; }

    /// <summary>Gives the request's seat to others while somebody else is asked.</summary>
    public Action? StandAside { get; init; }

    /// <summary>Changes that must be committed together with the write: quota use, allocated addresses.</summary>
    public List<Change> Alongside { get; } = [];

    /// <summary>Changes to be committed with the write if it removes the object.</summary>
    public List<Change> AlongsideRemoval { get; } = [];

    public bool Is(string group, string plural) => Kind.Group == group && Kind.Plural == plural;
}

/// <summary>Changes or refuses a write. One file each, listed in order in <see cref="AdmissionChain.BuiltIn"/>.</summary>
public interface IAdmission
{
    ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request);
}

/// <summary>Is also asked when somebody connects to what runs: exec, attach, portforward, proxy.</summary>
public interface IConnectionAdmission : IAdmission;

/// <summary>The plug-ins in the order they run: those that change, then (after the schema) those that only judge.</summary>
public sealed class AdmissionChain(IReadOnlyList<IAdmission> mutating, IReadOnlyList<IAdmission> validating)
{
    /// <summary>The built-in plug-ins, in the order they run.</summary>
    public static AdmissionChain BuiltIn(IStateStore store, Authorizer authorizer)
    {
        var caller = new WebhookCaller();
        return new(
        mutating:
        [
            new NamespaceLifecycle(),
            new NodeRestriction(),
            new PodTopologyLabels(),
            new PodPresetAdmission(),
            new ServiceAccountAdmission(),
            new PriorityAdmission(),
            new DefaultTolerationSeconds(),
            new TaintNodesByCondition(),
            new LimitRanger(judge: false),
            new DefaultClasses(),
            new RuntimeClassAdmission(judge: false),
            new CarryServiceAddresses(),
            new CustomResourceCleanup(),
            new CertificateRequests(authorizer),
            new MutatingPolicies(store, authorizer),
            new MutatingWebhooks(store, authorizer, caller),
        ],
        validating:
        [
            new RoleEscalation(authorizer),
            new PodSecurity(),
            new LimitRanger(judge: true),
            new RuntimeClassAdmission(judge: true),
            new ClaimResize(),
            new ValidatingPolicies(store, authorizer),
            new ValidatingWebhooks(store, authorizer, caller),
            // Last: what these take is only taken if nobody refuses any more.
            new ServiceAddresses(),
            new QuotaAdmission(),
        ]);
    }

    /// <summary>Nothing is written, but there may be those who do not want the connection.</summary>
    public async ValueTask<ApiError?> Connect(ServerContext server, AdmissionRequest request)
    {
        foreach (var plugin in mutating.Concat(validating).OfType<IConnectionAdmission>())
            if (await plugin.Admit(server, request) is { } refusal) return refusal;
        return null;
    }

    public async ValueTask<ApiError?> Mutate(ServerContext server, AdmissionRequest request)
    {
        foreach (var plugin in mutating)
            if (await plugin.Admit(server, request) is { } refusal) return refusal;
        return null;
    }

    public async ValueTask<ApiError?> Validate(ServerContext server, AdmissionRequest request)
    {
        foreach (var plugin in validating)
            if (await plugin.Admit(server, request) is { } refusal) return refusal;
        return null;
    }
}
