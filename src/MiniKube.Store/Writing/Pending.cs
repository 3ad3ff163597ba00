using System.Threading.Tasks.Sources;

namespace MiniKube.Store.Writing;

/// <summary>A batch on its way: waiting for the writer's turn, then for the group's commit.</summary>
internal sealed class Pending(IReadOnlyList<Change> batch, Terms?[] terms) : IValueTaskSource<WriteOutcome>
{
    private enum Stage { Queued, Taken, Cancelled, Answered }

    private ManualResetValueTaskSourceCore<WriteOutcome> source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration registration;
    private int stage;

    public IReadOnlyList<Change> Batch { get; } = batch;

    /// <summary>For each change the terms of its bytes, taken out by the thread that asks.</summary>
    public Terms?[] Terms { get; } = terms;

    public long Bytes { get; } = batch.Sum(change => change switch
    {
        Change.Put put => put.Value.Bytes.Length + 256L,
        Change.Delete { LastState: { } last } => last.Bytes.Length + 256L,
        _ => 256L,
    });

    public ValueTask<WriteOutcome> Outcome => new(this, source.Version);

    public void CancelWith(CancellationToken cancel)
    {
        if (cancel.CanBeCanceled)
            registration = cancel.UnsafeRegister(static self => ((Pending)self!).Cancel(), this);
    }

    /// <summary>False when it was cancelled before its turn.</summary>
    public bool Take() => Interlocked.CompareExchange(ref stage, (int)Stage.Taken, (int)Stage.Queued) == (int)Stage.Queued;

    public void Complete(WriteOutcome outcome)
    {
        registration.Unregister();
        stage = (int)Stage.Answered;
        source.SetResult(outcome);
    }

    /// <summary>For those of a group that a bug left without an answer.</summary>
    public void Fail(Exception bug)
    {
        if (stage == (int)Stage.Answered) return;
        registration.Unregister();
        source.SetException(bug);
    }

    private void Cancel()
    {
        if (Interlocked.CompareExchange(ref stage, (int)Stage.Cancelled, (int)Stage.Queued) == (int)Stage.Queued)
            source.SetResult(WriteOutcome.Failed(new StoreFault.Cancelled()));
    }

    WriteOutcome IValueTaskSource<WriteOutcome>.GetResult(short token) => source.GetResult(token);
    ValueTaskSourceStatus IValueTaskSource<WriteOutcome>.GetStatus(short token) => source.GetStatus(token);
    void IValueTaskSource<WriteOutcome>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);
}
