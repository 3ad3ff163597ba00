using System.Collections.Concurrent;

namespace MiniKube.Server;

/// <summary>/healthz, /livez and /readyz with their parts. A part answers null when well, otherwise why not.</summary>
public sealed class HealthChecks
{
    private readonly ConcurrentDictionary<string, (Func<string?> Check, bool LiveToo, int Order)> checks = new();

    public HealthChecks()
    {
        Add("ping", () => null);
        Add("log", () => null);
    }

    /// <summary>LiveToo: a failure means the process should be restarted, not merely that it isn't ready yet.</summary>
    public void Add(string name, Func<string?> check, bool liveToo = true) => checks[name] = (check, liveToo, checks.Count);

    public ApiResponse Answer(string path, Query query)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var wanted = checks.Where(c => parts[0] != "livez" || c.Value.LiveToo).OrderBy(c => c.Value.Order).Select(c => c.Key).ToList();
        if (parts.Length > 1)
        {
            var name = string.Join('/', parts[1..]);
            if (!wanted.Contains(name)) return ApiResponse.Text(404, "404 page not found\n");
            wanted = [name];
        }
        var excluded = query.All("exclude").ToHashSet();
        var lines = new List<string>();
        var failed = false;
        foreach (var name in wanted)
        {
            if (excluded.Contains(name))
            {
                lines.Add($"[+]{name} excluded: ok");
                continue;
            }
            var fault = checks[name].Check();
            failed |= fault is not null;
            lines.Add(fault is null ? $"[+]{name} ok" : $"[-]{name} failed: {fault}");
        }
        if (failed) return ApiResponse.Text(500, string.Join('\n', lines) + $"\n{parts[0]} check failed\n");
        return ApiResponse.Text(200, query.Has("verbose") ? string.Join('\n', lines) + $"\n{parts[0]} check passed\n" : "ok");
    }
}
