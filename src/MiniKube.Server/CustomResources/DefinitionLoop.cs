using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// Establishes definitions and, when one is deleted, first removes what was made of it. It lives in the server because
/// what is served depends on it.
/// </summary>
internal static class DefinitionLoop
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);
    private static readonly UserInfo Self = new("system:apiserver", [UserInfo.Masters, UserInfo.Authenticated]);

    public static async Task Run(ServerContext server, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var snapshot = server.Store.Snapshot();
            var (follower, _) = await server.Store.Follow(ServedKinds.Definitions, snapshot.Revision, cancel);
            if (follower is null) continue;
            using (follower) await Follow(server, follower, cancel);
        }
    }

    private static async Task Follow(ServerContext server, IFollower follower, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var unfinished = await Settle(server, cancel);
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            if (unfinished) pause.CancelAfter(Again);
            try
            {
                var (_, fault) = await follower.ReadAsync(pause.Token);
                if (fault is not null) return;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // Time to look again at what was not finished.
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>True when something has to be looked at again.</summary>
    private static async Task<bool> Settle(ServerContext server, CancellationToken cancel)
    {
        var kind = server.Kinds.Stored(ServedKinds.Definitions)!;
        var unfinished = false;
        foreach (var entry in server.Store.Snapshot().List(ServedKinds.Definitions))
        {
            // Each decision sees the ones before it.
            var definition = server.Peek(ServedKinds.Definitions, "", entry.Key.Name);
            if (definition is null) continue;
            var others = server.Store.Snapshot().List(ServedKinds.Definitions).Select(ObjectCodec.Kept);
            if (DefinitionPlan.Status(definition, others, server.Timestamp) is { } status)
                unfinished |= !(await Write(server, kind, entry.Key.Name, "status", d => d.Set("status", status), cancel)).Ok;
            if (definition.Map("metadata")!.Has("deletionTimestamp")) unfinished |= !await Clean(server, kind, definition, cancel);
        }
        return unfinished;
    }

    /// <summary>Deletes the instances; true when the definition itself could be let go.</summary>
    private static async Task<bool> Clean(ServerContext server, Kind definitions, JsonMap definition, CancellationToken cancel)
    {
        var metadata = definition.Map("metadata")!;
        if ((metadata.List("finalizers") ?? []).Texts().Contains(DefinitionPlan.Finalizer) == false) return true;
        var collection = metadata.Text("name")!;
        if (server.Kinds.Stored(collection) is { } kind)
        {
            foreach (var instance in server.Store.Snapshot().List(collection))
            {
                if (ObjectCodec.Shared(instance).Map("metadata")!.Has("deletionTimestamp")) continue;
                await Delete.One(server, kind, Request("delete", kind, instance.Key.Namespace, instance.Key.Name, cancel), instance.Key.Name, new DeleteOptions(), instance.Key.Namespace);
            }
        }
        if (server.Store.Snapshot().Count(collection) > 0) return false;
        var done = await Write(server, definitions, metadata.Text("name")!, "", d =>
        {
            var finalizers = d.Map("metadata")!.List("finalizers");
            finalizers?.RemoveAll(f => f is JsonText { Value: DefinitionPlan.Finalizer });
        }, cancel);
        return done.Ok;
    }

    private static async Task<Result<Written>> Write(ServerContext server, Kind kind, string name, string subresource, Action<JsonMap> change, CancellationToken cancel) =>
        await Mutation.Run(server, kind, Request("update", kind, "", name, cancel), new(subresource, "minik"), current =>
        {
            change(current);
            return current;
        });

    private static ApiRequest Request(string verb, Kind kind, string ns, string name, CancellationToken cancel) => new()
    {
        User = Self,
        Cancel = cancel,
        UserAgent = "minik",
        Info = new RequestInfo
        {
            Verb = verb,
            Path = "",
            IsResource = true,
            Group = kind.Group,
            Version = kind.Version,
            Resource = kind.Plural,
            Namespace = ns,
            Name = name,
        },
    };
}
