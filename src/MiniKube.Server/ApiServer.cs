namespace MiniKube.Server;

/// <summary>
/// The request path after the transport: authorization, then the route. HTTP and the in-process client both come in
/// here with an established identity; the order of the steps is the order of the lines.
/// </summary>
public sealed class ApiServer(ServerContext context, Authorizer authorizer, Routes routes)
{
    public ServerContext Context { get; } = context;

    public async ValueTask<ApiResponse> Handle(ApiRequest request)
    {
        if (authorizer.Refusal(request.User, request.Info) is { } refusal) return refusal;
        return await routes.Dispatch(Context, request);
    }
}
