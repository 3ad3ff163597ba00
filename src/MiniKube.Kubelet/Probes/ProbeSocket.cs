using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MiniKube.Kubelet.Probes;

/// <summary>A connection of a probe: the kernel's calls and nothing else, waiting on the probes' own thread. One deadline for all it does.</summary>
internal sealed partial class ProbeSocket : IDisposable
{
    private const int Interrupted = 4, Again = 11, UnreachableNetwork = 101, Reset = 104, TimedOut = 110, Refused = 111, UnreachableHost = 113, InProgress = 115;

    private readonly ProbeLoop loop;
    private readonly IPEndPoint peer;
    private readonly Func<TimeSpan> left;
    private readonly int descriptor;

    private ProbeSocket(ProbeLoop loop, IPEndPoint peer, Func<TimeSpan> left)
    {
        const int stream = 1, nonBlocking = 0x800, closeOnExec = 0x80000;
        (this.loop, this.peer, this.left) = (loop, peer, left);
        descriptor = socket(peer.AddressFamily == AddressFamily.InterNetworkV6 ? 10 : 2, stream | nonBlocking | closeOnExec, 0);
        if (descriptor < 0) throw new IOException($"dial tcp {peer}: socket: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>Throws an IOException in upstream's words, or that it was cancelled when the time is over.</summary>
    public static async Task<ProbeSocket> Dial(ProbeLoop loop, IPEndPoint peer, Func<TimeSpan> left, CancellationToken cancel)
    {
        var made = new ProbeSocket(loop, peer, left);
        try
        {
            var fault = made.Connect();
            if (fault == InProgress)
            {
                await Or(loop.ToWrite(made.descriptor, left(), cancel));
                fault = made.Fault();
            }
            if (fault != 0) throw new IOException($"dial tcp {peer}: {Words(fault)}");
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    public async Task Send(byte[] bytes, CancellationToken cancel)
    {
        const int noSignal = 0x4000;
        for (var sent = 0; sent < bytes.Length;)
        {
            var now = (int)send(descriptor, ref bytes[sent], (nuint)(bytes.Length - sent), noSignal);
            if (now >= 0) sent += now;
            else if (Marshal.GetLastPInvokeError() is var fault && fault == Again) await Or(loop.ToWrite(descriptor, left(), cancel));
            else if (fault != Interrupted) throw new IOException($"write tcp {peer}: write: {Words(fault)}");
        }
    }

    /// <summary>0 at the end.</summary>
    public async ValueTask<int> Receive(Memory<byte> buffer, CancellationToken cancel)
    {
        while (true)
        {
            var got = (int)recv(descriptor, ref MemoryMarshal.GetReference(buffer.Span), (nuint)buffer.Length, 0);
            if (got >= 0) return got;
            if (Marshal.GetLastPInvokeError() is var fault && fault == Again) await Or(loop.ToRead(descriptor, left(), cancel));
            else if (fault != Interrupted) throw new IOException($"read tcp {peer}: read: {Words(fault)}");
        }
    }

    public void Dispose() => _ = close(descriptor);

    private int Connect()
    {
        Span<byte> name = stackalloc byte[28];
        name.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(name[2..], (ushort)peer.Port);
        var wide = peer.AddressFamily == AddressFamily.InterNetworkV6;
        BitConverter.TryWriteBytes(name, (ushort)(wide ? 10 : 2));
        peer.Address.TryWriteBytes(name[(wide ? 8 : 4)..], out _);
        if (wide) BitConverter.TryWriteBytes(name[24..], (uint)peer.Address.ScopeId);
        return connect(descriptor, ref name[0], wide ? 28u : 16u) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private int Fault()
    {
        var size = (uint)sizeof(int);
        return getsockopt(descriptor, 1, 4, out var fault, ref size) == 0 ? fault : Marshal.GetLastPInvokeError();
    }

    private static async Task Or(Task<bool> ready)
    {
        if (!await ready) throw new OperationCanceledException();
    }

    private static string Words(int fault) => fault switch
    {
        Refused => "connect: connection refused",
        UnreachableHost => "connect: no route to host",
        UnreachableNetwork => "connect: network is unreachable",
        TimedOut => "connect: connection timed out",
        Reset => "connection reset by peer",
        _ => Marshal.GetPInvokeErrorMessage(fault).ToLowerInvariant(),
    };

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int descriptor, ref byte name, uint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int descriptor, int level, int option, out int value, ref uint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, ref byte bytes, nuint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, ref byte bytes, nuint count, int flags);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
