using System.Runtime.InteropServices;

namespace MiniKube.Kubectl;

/// <summary>The user's terminal, handing on every key as it is pressed; as it was before on dispose.</summary>
internal sealed partial class RawTerminal : IDisposable
{
    private const int StandardInput = 0;
    private const int Now = 0;
    private const ulong WindowSize = 0x5413;
    private const int LargestSettings = 128;

    private readonly byte[] before;

    private RawTerminal(byte[] before) => this.before = before;

    /// <summary>Null where there is no terminal.</summary>
    public static RawTerminal? Enter()
    {
        var before = new byte[LargestSettings];
        if (Get(StandardInput, before) != 0) return null;
        var raw = (byte[])before.Clone();
        MakeRaw(raw);
        return Set(StandardInput, Now, raw) == 0 ? new(before) : null;
    }

    public static (int Width, int Height)? SizeNow()
    {
        var size = new ushort[4];
        return Control(StandardInput, WindowSize, size) == 0 && size[1] > 0 ? (size[1], size[0]) : null;
    }

#pragma warning disable CA1822 // A size is of interest only while the terminal is raw.
    public IDisposable OnResize(Action<int, int> tell) => PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ =>
    {
        if (SizeNow() is var (width, height)) tell(width, height);
    });
#pragma warning restore CA1822

    public void Dispose() => _ = Set(StandardInput, Now, before);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int Get(int descriptor, [Out] byte[] settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int Set(int descriptor, int when, byte[] settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw([In, Out] byte[] settings);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int descriptor, ulong request, [Out] ushort[] size);
}
