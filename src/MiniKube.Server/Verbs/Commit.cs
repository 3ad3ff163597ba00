using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>An object as a write left it, in the stored version. Entry is what the store holds now; null when nothing was stored (a dry run, a removal).</summary>
internal readonly record struct Written(JsonMap Object, Entry? Entry);

/// <summary>The last step of every write: bytes to the store, its refusals to API errors.</summary>
internal static class Commit
{
    /// <summary>The stored object with its new revision. Lost is true when somebody else was faster and trying again may work.</summary>
    public readonly record struct Outcome(JsonMap? Object, ApiError? Error, bool Lost = false, Entry? Entry = null)
    {
        public Result<Written> ToResult() => Error is { } error ? error : new Written(Object!, Entry);
    }

    public static async ValueTask<Outcome> Put(ServerContext server, Kind kind, JsonMap obj, long ifRevision, AdmissionRequest admission)
    {
        var (ns, name) = Names(kind, obj);
        if (admission.DryRun) return new(obj, null);
        var put = new Change.Put(new ObjectKey(kind.Collection, ns, name), ObjectCodec.Encode(kind, obj), ifRevision);
        var outcome = await server.Store.WriteAsync([put, .. admission.Alongside], server.Stopping);
        if (outcome.Ok)
        {
            obj.MapOrNew("metadata").Set("resourceVersion", outcome.Entries[0]!.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture));
            ObjectCodec.Remember(outcome.Entries[0]!, obj);
            return new(obj, null, Entry: outcome.Entries[0]);
        }
        return Refused(kind, name, outcome.Fault!, creating: ifRevision == 0);
    }

    public static async ValueTask<Outcome> Delete(ServerContext server, Kind kind, JsonMap last, long ifRevision, AdmissionRequest admission)
    {
        var (ns, name) = Names(kind, last);
        if (admission.DryRun) return new(last, null);
        var delete = new Change.Delete(new ObjectKey(kind.Collection, ns, name), ifRevision, ObjectCodec.Encode(kind, last));
        var outcome = await server.Store.WriteAsync([delete, .. admission.AlongsideRemoval], server.Stopping);
        return outcome.Ok ? new(last, null) : Refused(kind, name, outcome.Fault!, creating: false);
    }

    private static (string Namespace, string Name) Names(Kind kind, JsonMap obj)
    {
        var metadata = obj.Map("metadata")!;
        return (kind.Namespaced ? metadata.Text("namespace") ?? "" : "", metadata.Text("name") ?? "");
    }

    private static Outcome Refused(Kind kind, string name, StoreFault fault, bool creating) => fault switch
    {
        StoreFault.Precondition { Index: 0 } when creating => new(null, ApiError.AlreadyExists(kind.Group, kind.Plural, name)),
        StoreFault.Precondition => new(null, ApiError.Conflict(kind.Group, kind.Plural, name, ApiError.Modified), Lost: true),
        StoreFault.TooLarge large => new(null, ApiError.TooLarge($"etcdserver: request is too large ({large.Bytes} bytes, at most {large.Most})")),
        StoreFault.BadKey bad => new(null, ApiError.BadRequest(bad.Message)),
        _ => new(null, ApiError.Unavailable($"the datastore does not accept writes: {fault.Message}", retryAfterSeconds: 1)),
    };
}
