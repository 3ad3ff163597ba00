using System.Collections.Concurrent;
using MiniKube.Server.Aggregation;
using MiniKube.Server.Audit;
using MiniKube.Server.Bootstrap;
using MiniKube.Server.Fairness;
using MiniKube.Server.Http;
using MiniKube.Server.Oidc;
using MiniKube.Server.Pki;
using MiniKube.Server.Streams;
using MiniKube.Server.Usage;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>The server put together: every part named once, in the order a request meets them.</summary>
public sealed class ServerAssembly
{
    private readonly ClusterPki pki;
    private readonly Aggregator aggregator;
    private readonly AuthenticationFile? authentication;

    public ServerAssembly(ServerOptions options, IStateStore store, TimeProvider time, ClusterPki pki, ILog log, IReadOnlyDictionary<string, UserInfo> staticTokens,
        INames? names = null, AuditLog? audit = null, OidcAuthenticator? oidc = null, AuthenticationFile? authentication = null, CancellationToken stopping = default)
    {
        (this.pki, this.authentication) = (pki, authentication);
        Authorizer = new Authorizer(store);
        Context = new ServerContext
        {
            Options = options, Store = store, Time = time, Names = names ?? new RandomNames(), Log = log, Stopping = stopping,
            Registry = new Derived<KindRegistry>(store, [ServedKinds.Definitions], ServedKinds.Of),
            Admission = AdmissionChain.BuiltIn(store, Authorizer),
        };
        Tokens = new ServiceAccountTokens(Context, pki.ServiceAccountKey);
        Authenticator = new Authenticator(Context, () => pki.Trusted, () => pki.TrustedForProxies, Tokens, staticTokens, oidc, authentication);
        Health = new HealthChecks();
        var metrics = new RequestMetrics(store, time);
        var fairness = new FairQueueing(store, time, FairQueueing.SeatsFor(Environment.ProcessorCount));
        var nodes = new NodeClients(Nodes, () => pki.Client("apiserver-kubelet-client", "kube-apiserver-kubelet-client", UserInfo.Masters), () => pki.Trusted);
        var usage = new UsageResources(nodes);
        aggregator = new Aggregator(store, pki.FrontProxyClient);
        Api = new ApiServer(Context, Authorizer, new Routes(
            new Dictionary<string, Handler>
            {
                ["*/scale"] = ScaleSubresource.Run,
                ["certificatesigningrequests.certificates.k8s.io/approval"] = Approval.Run,
                ["pods/binding"] = Binding.Run,
                ["pods/eviction"] = EvictionSubresource.Run,
                ["pods/log"] = new PodLog(Nodes).Run,
                ["pods/exec"] = Connections.Admitted("PodExecOptions", new PodProcess(Nodes, attach: false).Run),
                ["pods/attach"] = Connections.Admitted("PodAttachOptions", new PodProcess(Nodes, attach: true).Run),
                ["pods/portforward"] = Connections.Admitted("PodPortForwardOptions", new PodPortForward(Nodes).Run),
                ["pods/proxy"] = Connections.Admitted("PodProxyOptions", AddressProxy.ToPod),
                ["services/proxy"] = Connections.Admitted("ServiceProxyOptions", AddressProxy.ToService),
                ["nodes/proxy"] = Connections.Admitted("NodeProxyOptions", new NodeProxy(nodes).Run),
                ["namespaces/finalize"] = NamespaceFinalize.Run,
                ["serviceaccounts/token"] = new TokenSubresource(Tokens).Run,
            },
            new Dictionary<string, Handler>
            {
                ["bindings"] = Binding.Run,
                ["componentstatuses"] = ComponentStatuses.Run,
                ["nodes.metrics.k8s.io"] = usage.Nodes,
                ["pods.metrics.k8s.io"] = usage.Pods,
                ["tokenreviews.authentication.k8s.io"] = Whole(new TokenReviews(Authenticator, Tokens).Run),
                ["selfsubjectreviews.authentication.k8s.io"] = Whole(SelfSubjectReviews.Run),
                ["subjectaccessreviews.authorization.k8s.io"] = Whole(new AccessReviews(Authorizer).Run),
                ["localsubjectaccessreviews.authorization.k8s.io"] = Whole(new AccessReviews(Authorizer).Run),
                ["selfsubjectaccessreviews.authorization.k8s.io"] = Whole(new AccessReviews(Authorizer).Run),
                ["selfsubjectrulesreviews.authorization.k8s.io"] = Whole(new RulesReviews(Authorizer).Run),
            },
            new NonResourceRoutes(Health, Tokens.KeySet, () => metrics.Write() + FairnessMetrics.Write(fairness), Orders, new LogSearch(Authorizer, Nodes), new FairnessDump(fairness), new NodeTunnels(Nodes, nodes), Pages, aggregator.Published), aggregator), metrics, audit);
        Front = new HttpFront(Api, Authenticator, new Impersonation(Authorizer), fairness, audit);
    }

    /// <summary>What is not kept has no table and no metadata to be shown.</summary>
    private static Handler Whole(Handler review) => (server, kind, request) =>
        Form.Of(request.Accept, shaped: false).Error is { } refused ? ValueTask.FromResult<ApiResponse>(refused) : review(server, kind, request);

    /// <summary>The nodes that serve logs and streams of their pods.</summary>
    public NodeDoors Nodes { get; } = new();

    /// <summary>What the owner can have done by POST to a path of its own, and whoever RBAC allows that path.</summary>
    public ConcurrentDictionary<string, Func<CancellationToken, Task<ApiResponse>>> Orders { get; } = new(StringComparer.Ordinal);

    /// <summary>What is told at a GET of a path of its own, to whom RBAC allows that path.</summary>
    public ConcurrentDictionary<string, Func<ApiResponse>> Pages { get; } = new(StringComparer.Ordinal);

    public ServerContext Context { get; }
    public Authorizer Authorizer { get; }
    public Authenticator Authenticator { get; }
    public ServiceAccountTokens Tokens { get; }
    public HealthChecks Health { get; }
    public ApiServer Api { get; }
    public HttpFront Front { get; }

    /// <summary>What the store takes out of values for selectors.</summary>
    public static TermsOf Terms { get; } = static (collection, value) => TermReader.Of(BuiltInCollections.Find(collection), value);

    /// <summary>What the store keeps at hand: which pods are a node's is asked whenever that node reads what they use.</summary>
    public static IndexesOf Indexes { get; } = static collection => collection == "pods" ? [IndexedTerm.Field("spec.nodeName")] : [];

    public async Task Bootstrap(CancellationToken cancel)
    {
        await Bootstrapper.Run(Context, cancel);
        await PublishAuthorities(cancel);
    }

    /// <summary>Tells servers beside this one by which authorities it knows its clients now.</summary>
    public async Task PublishAuthorities(CancellationToken cancel)
    {
        await AuthenticationFacts.Publish(Context, pki, cancel);
        await ClusterInfo.Publish(Context, pki, cancel);
    }

    /// <summary>Has the "kubernetes" service lead to where the server is reached now.</summary>
    public async Task Advertise(CancellationToken cancel)
    {
        await Bootstrapper.Advertise(Context, cancel);
        await ClusterInfo.Publish(Context, pki, cancel);
    }

    /// <summary>What the server does unasked, until cancelled.</summary>
    public Task Run(CancellationToken cancel) => Task.WhenAll(DefinitionLoop.Run(Context, cancel), new AvailabilityLoop(Context, aggregator).Run(cancel), EventExpiry.Run(Context, cancel), AuthenticationFacts.Run(Context, pki, cancel), authentication?.Run(cancel) ?? Task.CompletedTask);
}
