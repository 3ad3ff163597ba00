using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>What the server counts about itself, under upstream's names, as Prometheus reads it.</summary>
public sealed class RequestMetrics(IStateStore store, TimeProvider time)
{
    private static readonly double[] Bounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

    private readonly record struct Kind(string Verb, string Group, string Version, string Resource, string Subresource, string Scope);

    private sealed class Counts
    {
        public readonly ConcurrentDictionary<int, long[]> ByCode = new();
        public readonly long[] Buckets = new long[Bounds.Length + 1];
        public double Seconds;
        public readonly Lock Turn = new();
    }

    private readonly ConcurrentDictionary<Kind, Counts> requests = new();
    private readonly DateTimeOffset started = time.GetUtcNow();
    private int reading;
    private int mutating;

    public long Begin(RequestInfo info)
    {
        Interlocked.Increment(ref IsMutating(info) ? ref mutating : ref reading);
        return time.GetTimestamp();
    }

    public void End(RequestInfo info, int code, long began)
    {
        Interlocked.Decrement(ref IsMutating(info) ? ref mutating : ref reading);
        var scope = !info.IsResource ? "" : info.Name.Length > 0 ? "resource" : info.Namespace.Length > 0 ? "namespace" : "cluster";
        var counts = requests.GetOrAdd(new Kind(info.Verb.ToUpperInvariant(), info.Group, info.Version, info.IsResource ? info.Resource : "", info.Subresource, scope), static _ => new Counts());
        Interlocked.Increment(ref counts.ByCode.GetOrAdd(code, static _ => new long[1])[0]);
        // A watch lasts as long as somebody looks: its duration says nothing.
        if (info.Verb == "watch") return;
        var seconds = time.GetElapsedTime(began).TotalSeconds;
        var at = 0;
        while (at < Bounds.Length && seconds > Bounds[at]) at++;
        lock (counts.Turn)
        {
            counts.Buckets[at]++;
            counts.Seconds += seconds;
        }
    }

    private static bool IsMutating(RequestInfo info) => info.Verb is "create" or "update" or "patch" or "delete" or "deletecollection";

    public string Write()
    {
        var text = new StringBuilder();
        Head(text, "apiserver_request_total", "counter", "Requests by verb, resource and answer.");
        foreach (var (kind, counts) in requests)
            foreach (var (code, count) in counts.ByCode)
                Line(text, "apiserver_request_total", $"{{code=\"{code}\",component=\"apiserver\",{Labels(kind)}}}", count[0]);
        Head(text, "apiserver_request_duration_seconds", "histogram", "How long requests took.");
        foreach (var (kind, counts) in requests)
        {
            long[] buckets;
            double seconds;
            lock (counts.Turn) (buckets, seconds) = ([.. counts.Buckets], counts.Seconds);
            long sum = 0;
            for (var i = 0; i < buckets.Length; i++)
            {
                sum += buckets[i];
                var bound = i < Bounds.Length ? Bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                Line(text, "apiserver_request_duration_seconds_bucket", $"{{component=\"apiserver\",{Labels(kind)},le=\"{bound}\"}}", sum);
            }
            Line(text, "apiserver_request_duration_seconds_sum", $"{{component=\"apiserver\",{Labels(kind)}}}", seconds);
            Line(text, "apiserver_request_duration_seconds_count", $"{{component=\"apiserver\",{Labels(kind)}}}", sum);
        }
        Head(text, "apiserver_current_inflight_requests", "gauge", "Requests being served.");
        Line(text, "apiserver_current_inflight_requests", "{request_kind=\"mutating\"}", mutating);
        Line(text, "apiserver_current_inflight_requests", "{request_kind=\"readOnly\"}", reading);
        var snapshot = store.Snapshot();
        Head(text, "apiserver_storage_objects", "gauge", "Objects kept, by resource.");
        foreach (var collection in snapshot.Collections.Order(StringComparer.Ordinal)) Line(text, "apiserver_storage_objects", $"{{resource=\"{collection}\"}}", snapshot.Count(collection));
        Store(text);
        Process(text);
        return text.ToString();
    }

    private void Store(StringBuilder text)
    {
        var stats = store.Stats();
        Head(text, "apiserver_storage_size_bytes", "gauge", "Size of the database on disk, its log included.");
        Line(text, "apiserver_storage_size_bytes", "", stats.FileBytes + stats.WalBytes);
        Head(text, "minik_store_object_bytes", "gauge", "Size of all current objects.");
        Line(text, "minik_store_object_bytes", "", stats.ObjectBytes);
        Head(text, "minik_store_free_bytes", "gauge", "Space in the database that waits for new objects.");
        Line(text, "minik_store_free_bytes", "", stats.FreeBytes);
        Head(text, "minik_store_revision", "gauge", "Revision of the newest change.");
        Line(text, "minik_store_revision", "", stats.Revision);
        Head(text, "minik_store_compacted_revision", "gauge", "Changes up to this revision are gone from the history.");
        Line(text, "minik_store_compacted_revision", "", stats.Compacted);
    }

    private void Process(StringBuilder text)
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        Head(text, "process_cpu_seconds_total", "counter", "Processor time used.");
        Line(text, "process_cpu_seconds_total", "", self.TotalProcessorTime.TotalSeconds);
        Head(text, "process_resident_memory_bytes", "gauge", "Memory held.");
        Line(text, "process_resident_memory_bytes", "", self.WorkingSet64);
        Head(text, "minik_allocated_bytes_total", "counter", "Memory ever asked of the collector.");
        Line(text, "minik_allocated_bytes_total", "", GC.GetTotalAllocatedBytes());
        Head(text, "process_start_time_seconds", "gauge", "When it began.");
        Line(text, "process_start_time_seconds", "", started.ToUnixTimeSeconds());
        Head(text, "kubernetes_build_info", "gauge", "What this says it is.");
        Line(text, "kubernetes_build_info", "{git_version=\"v1.36.2\",major=\"1\",minor=\"36\",platform=\"linux\"}", 1);
    }

    private static string Labels(Kind kind) =>
        $"group=\"{kind.Group}\",resource=\"{kind.Resource}\",scope=\"{kind.Scope}\",subresource=\"{kind.Subresource}\",verb=\"{kind.Verb}\",version=\"{kind.Version}\"";

    internal static void Head(StringBuilder text, string name, string type, string help) => text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");

    internal static void Line(StringBuilder text, string name, string labels, double value) =>
        text.Append(name).Append(labels).Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
}
