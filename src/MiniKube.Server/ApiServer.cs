using MiniKube.Server.Audit;

namespace MiniKube.Server;

/// <summary>
/// The request path after the transport: authorization, then the route. HTTP and the in-process client both come in
/// here with an established identity; the order of the steps is the order of the lines.
/// </summary>
public sealed class ApiServer(ServerContext context, Authorizer authorizer, Routes routes, RequestMetrics metrics, AuditLog? audit = null)
{
    public ServerContext Context { get; } = context;

    public async ValueTask<ApiResponse> Handle(ApiRequest request)
    {
        var began = metrics.Begin(request.Info);
        var code = 500;
        try
        {
            var response = await Serve(request);
            code = response is ApiResponse.Bytes bytes ? bytes.Status : 200;
            return response;
        }
        finally
        {
            metrics.End(Counted(request.Info), code, began);
        }
    }

    /// <summary>The same for a part of this process: what it does is on record as if it had come over HTTP.</summary>
    public async ValueTask<ApiResponse> HandleOwn(ApiRequest request)
    {
        request = request with { Own = true };
        if (audit is null || audit.For(request.User, request.Info) is not { Level: not AuditLevel.None } decision) return await Handle(request);
        var trail = new AuditTrail(audit, decision, new AuditRecord
        {
            Id = Context.Names.Uid(), Level = decision.Level, OmitManagedFields = decision.OmitManagedFields, Info = request.Info, Uri = request.Info.ToPath(), User = request.User, Source = "127.0.0.1", UserAgent = request.UserAgent, Received = Context.Now,
        });
        trail.Sent(request.Body, request.ContentType);
        await trail.Note(AuditStage.RequestReceived);
        request = request with { Trail = trail };
        var response = await Handle(request);
        await trail.Note(response is ApiResponse.Frames ? AuditStage.ResponseStarted : AuditStage.ResponseComplete, response);
        return response;
    }

    private async ValueTask<ApiResponse> Serve(ApiRequest request)
    {
        var decision = authorizer.Decide(request.User, request.Info);
        if (request.Annotations is { } annotations)
        {
            annotations["authorization.k8s.io/decision"] = decision.Allowed ? "allow" : "forbid";
            annotations["authorization.k8s.io/reason"] = decision.Why;
        }
        if (!decision.Allowed) return Authorizer.Refused(request.User, request.Info, decision);
        return await routes.Dispatch(Context, request);
    }

    // Words that clients make up must not become counters.
    private RequestInfo Counted(RequestInfo info) => !info.IsResource || Context.Kinds.Find(info.Group, info.Version, info.Resource) is { } kind
        && (info.Subresource.Length == 0 || kind.Subresources.Any(s => s.Name == info.Subresource)) ? info : info with { Group = "", Version = "", Resource = "", Subresource = "" };
}
