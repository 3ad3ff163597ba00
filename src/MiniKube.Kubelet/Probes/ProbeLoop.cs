using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace MiniKube.Kubelet.Probes;

/// <summary>
/// One thread for all plain probes of a node, which waits in the kernel for time and sockets at once. The thread pool would do, but
/// its threads look around for more work for longer than a probe takes, each time one of them was woken up.
/// </summary>
internal sealed partial class ProbeLoop(TimeProvider time) : SynchronizationContext, IDisposable
{
    private const short Readable = 1;
    private const short Writable = 4;

    private readonly ConcurrentQueue<(SendOrPostCallback Work, object? State)> posted = new();
    private readonly PriorityQueue<Pending, long> due = new();
    private readonly List<Pending> open = [];
    private readonly Lock starting = new();
    private PollEntry[] entries = new PollEntry[16];
    private Thread? thread;
    private int bell = -1;
    private int rung;
    private volatile bool ended;

    /// <summary>Begins work on the thread, and goes on with it there after every wait.</summary>
    public void Start(Func<Task> work)
    {
        lock (starting)
        {
            if (ended) return;
            if (thread is null)
            {
                bell = eventfd(0, 0x80800);
                thread = new Thread(Turn) { IsBackground = true, Name = "probes" };
                thread.Start();
            }
        }
        Post(static state => _ = ((Func<Task>)state!)(), work);
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        posted.Enqueue((d, state));
        if (Thread.CurrentThread == thread || Interlocked.Exchange(ref rung, 1) != 0) return;
        // Whoever comes after the end must not ring what has this number by then.
        lock (starting)
            if (bell >= 0) _ = write(bell, 1, sizeof(ulong));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    /// <summary>What is left of a time that begins now.</summary>
    public Func<TimeSpan> Deadline(TimeSpan span)
    {
        var began = time.GetTimestamp();
        return () => span - time.GetElapsedTime(began);
    }

    public Task Delay(TimeSpan span, CancellationToken cancel) => Enter(new(-1, 0), span, cancel);

    /// <summary>False when the time was over first.</summary>
    public Task<bool> ToRead(int socket, TimeSpan most, CancellationToken cancel) => Enter(new(socket, Readable), most, cancel);

    public Task<bool> ToWrite(int socket, TimeSpan most, CancellationToken cancel) => Enter(new(socket, Writable), most, cancel);

    public void Dispose()
    {
        lock (starting)
        {
            ended = true;
            if (thread is not null) Post(static _ => { }, null);
        }
    }

    private long Now => time.GetTimestamp() * 1000 / time.TimestampFrequency;

    private Task<bool> Enter(Pending wait, TimeSpan most, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested || ended) return Task.FromCanceled<bool>(cancel.IsCancellationRequested ? cancel : new(true));
        due.Enqueue(wait, Now + Math.Max(0, (long)Math.Ceiling(most.TotalMilliseconds)));
        if (wait.Socket >= 0) open.Add(wait);
        if (cancel.CanBeCanceled)
            wait.Cancelling = cancel.UnsafeRegister(static (state, token) => ((Cancellation)state!).Run(token), new Cancellation(this, wait));
        return wait.Done.Task;
    }

    private void Turn()
    {
        SetSynchronizationContext(this);
        while (!ended)
        {
            while (posted.TryDequeue(out var next)) next.Work(next.State);
            Expire();
            if (!posted.IsEmpty) continue;
            Rest();
        }
        foreach (var wait in due.UnorderedItems) wait.Element.Done.TrySetCanceled();
        while (posted.TryDequeue(out var last)) last.Work(last.State);
        lock (starting)
        {
            _ = close(bell);
            bell = -1;
        }
    }

    private void Expire()
    {
        while (due.TryPeek(out var wait, out var at) && (wait.Done.Task.IsCompleted || at <= Now))
        {
            due.Dequeue();
            Finish(wait, ready: false);
        }
    }

    private void Rest()
    {
        var count = open.Count + 1;
        if (entries.Length < count) entries = new PollEntry[count * 2];
        entries[0] = new() { Descriptor = bell, Events = Readable };
        for (var i = 0; i < open.Count; i++) entries[i + 1] = new() { Descriptor = open[i].Socket, Events = open[i].Events };
        var wait = due.TryPeek(out _, out var at) ? Math.Clamp(at - Now, 0, int.MaxValue) : -1;
        if (poll(ref entries[0], (nuint)count, (int)wait) <= 0) return;
        if (entries[0].Happened != 0)
        {
            _ = read(bell, out _, sizeof(ulong));
            Volatile.Write(ref rung, 0);
        }
        // What goes on from here may open and close others.
        var ready = new List<Pending>();
        for (var i = 1; i < count; i++)
            if (entries[i].Happened != 0) ready.Add(open[i - 1]);
        foreach (var one in ready) Finish(one, ready: true);
    }

    private void Finish(Pending wait, bool ready)
    {
        if (wait.Socket >= 0) open.Remove(wait);
        wait.Cancelling.Dispose();
        wait.Done.TrySetResult(ready);
    }

    private void Cancel(Pending wait, CancellationToken token)
    {
        if (wait.Socket >= 0) open.Remove(wait);
        wait.Done.TrySetCanceled(token);
    }

    private sealed class Pending(int socket, short events)
    {
        public int Socket { get; } = socket;
        public short Events { get; } = events;
        public TaskCompletionSource<bool> Done { get; } = new();
        public CancellationTokenRegistration Cancelling { get; set; }
    }

    /// <summary>Comes from elsewhere; what is waited for belongs to the thread.</summary>
    private sealed class Cancellation(ProbeLoop loop, Pending wait)
    {
        public void Run(CancellationToken token) => loop.Post(_ => loop.Cancel(wait, token), null);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    [LibraryImport("libc")]
    private static partial int poll(ref PollEntry entries, nuint count, int milliseconds);

    [LibraryImport("libc")]
    private static partial int eventfd(uint first, int flags);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, in ulong value, nuint size);

    [LibraryImport("libc")]
    private static partial nint read(int descriptor, out ulong value, nuint size);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
