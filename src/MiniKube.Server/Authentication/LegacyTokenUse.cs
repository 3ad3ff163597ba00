using System.Collections.Concurrent;
using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>
/// Notes in the Secret of a legacy token the day it was last used, as upstream does: who clears up sees what is still needed.
/// The request doesn't wait for it.
/// </summary>
public sealed class LegacyTokenUse(ServerContext server)
{
    public const string LastUsed = "kubernetes.io/legacy-token-last-used";

    /// <summary>A Secret with this label is not to be believed any more.</summary>
    public const string InvalidSince = "kubernetes.io/legacy-token-invalid-since";

    private readonly ConcurrentDictionary<(string Namespace, string Secret), string> noted = new();

    public void Note(string ns, string secret, JsonMap known)
    {
        var today = server.Now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (known.Map("metadata")?.Map("labels")?.Text(LastUsed) == today) return;
        var place = (ns, secret);
        if (noted.TryGetValue(place, out var last) && last == today) return;
        noted[place] = today;
        _ = Task.Run(() => Write(ns, secret, today), CancellationToken.None);
    }

    private async Task Write(string ns, string secret, string today)
    {
        var kind = server.Kinds.FindByName("", "v1", "Secret")!;
        var request = new ApiRequest
        {
            User = new UserInfo("system:apiserver", [UserInfo.Masters]), Cancel = server.Stopping,
            Info = new RequestInfo { Verb = "update", Path = "", IsResource = true, Version = "v1", Resource = "secrets", Namespace = ns, Name = secret },
        };
        try
        {
            var written = await Mutation.Run(server, kind, request, new("", "minik"), current =>
            {
                current.MapOrNew("metadata").MapOrNew("labels").Set(LastUsed, today);
                return current;
            });
            if (written.Error is { Reason: not "NotFound" } fault) server.Log.Warn($"the use of the token in secret {ns}/{secret} could not be noted: {fault.Message}");
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The server ends: what is not noted today is noted at the next use.
        }
    }
}
