using System.Diagnostics.Metrics;

namespace MiniKube.ControlLoop;

/// <summary>Counters of everything that loops, under upstream's names where they exist. The server's /metrics listens to the meter.</summary>
public static class LoopMetrics
{
    public const string MeterName = "MiniKube.ControlLoop";

    private static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> Reconciles = Meter.CreateCounter<long>("controller_runtime_reconcile_total");
    public static readonly Counter<long> ReconcileErrors = Meter.CreateCounter<long>("controller_runtime_reconcile_errors_total");
    public static readonly Histogram<double> ReconcileSeconds = Meter.CreateHistogram<double>("controller_runtime_reconcile_time_seconds");
    public static readonly Counter<long> QueueAdds = Meter.CreateCounter<long>("workqueue_adds_total");
    public static readonly Counter<long> QueueRetries = Meter.CreateCounter<long>("workqueue_retries_total");
    public static readonly Counter<long> Lists = Meter.CreateCounter<long>("reflector_lists_total");
    public static readonly Counter<long> WatchFailures = Meter.CreateCounter<long>("reflector_watch_failures_total");
    public static readonly Counter<long> CatchUpTimeouts = Meter.CreateCounter<long>("controller_catch_up_timeouts_total");
    public static readonly Counter<long> EventsWritten = Meter.CreateCounter<long>("events_written_total");
    public static readonly Counter<long> EventsDropped = Meter.CreateCounter<long>("events_discarded_total");
}
