using System.Runtime.InteropServices;

namespace MiniKube.Kubelet.Files;

/// <summary>Calls of the kernel that .NET has no name for.</summary>
internal static partial class Kernel
{
    public const ulong Bind = 4096;
    public const ulong Recursive = 16384;
    private const ulong ReadOnly = 1;
    private const ulong Remount = 32;
    private const int Detach = 2;

    public static void MountTmpfs(string target, long sizeBytes, string options = "mode=0777")
    {
        var data = sizeBytes > 0 ? $"{options},size={sizeBytes}" : options;
        if (mount("tmpfs", target, "tmpfs", 0, data) != 0) throw Failure($"a memory volume could not be mounted on {target}");
    }

    public static void BindMount(string source, string target)
    {
        if (mount(source, target, "none", Bind | Recursive, null) != 0) throw Failure($"{source} could not be bound to {target}");
    }

    /// <summary>Directories seen as one, the first over the others; nothing can be written to it.</summary>
    public static void MountLayers(IReadOnlyList<string> layers, string target)
    {
        if (layers.Count > 1)
        {
            if (mount("overlay", target, "overlay", ReadOnly, $"lowerdir={string.Join(':', layers)}") != 0) throw Failure($"an image could not be mounted on {target}");
            return;
        }
        BindMount(layers[0], target);
        if (mount("none", target, "none", Bind | Remount | ReadOnly, null) != 0) throw Failure($"{target} could not be made read-only");
    }

    /// <summary>
    /// A directory, read-only, with files that belong to whom they would belong to if the ids on the disk were those of a namespace of users: what is root's there is the
    /// namespace's root's here. Layers shown so can be put one over the other; the kernel shows nothing so that is made of layers.
    /// </summary>
    public static void MountFor(string users, string source, string target)
    {
        const int here = -100, clone = 1 | 0x80000, empty = 0x1000, fromEmpty = 4, sizeOfAttributes = 32;
        const long openTree = 428, moveMount = 429, setAttributes = 442, readOnly = 1, mapIds = 0x100000;
        using var mapping = File.OpenHandle(users);
        var tree = syscall(openTree, here, source, clone, 0, 0);
        if (tree < 0) throw Failure($"{source} could not be opened");
        using var held = new Microsoft.Win32.SafeHandles.SafeFileHandle((nint)tree, ownsHandle: true);
        Span<long> attributes = [readOnly | mapIds, 0, 0, mapping.DangerousGetHandle()];
        if (syscall(setAttributes, (int)tree, "", empty, ref MemoryMarshal.GetReference(attributes), sizeOfAttributes) != 0) throw Failure($"{source} could not be shown with a pod's users");
        if (syscall(moveMount, (int)tree, "", here, target, fromEmpty) != 0) throw Failure($"{source} could not be mounted on {target}");
    }

    /// <summary>True when something was unmounted.</summary>
    public static bool Unmount(string target) => umount2(target, Detach) == 0;

    public static void SetOwner(string path, uint user, uint group)
    {
        if (lchown(path, user, group) != 0) throw Failure($"the owner of {path} could not be set");
    }

    public static void SetGroup(string path, uint group) => SetOwner(path, uint.MaxValue, group);

    public static void JoinNetwork(Microsoft.Win32.SafeHandles.SafeFileHandle ns)
    {
        if (setns((int)ns.DangerousGetHandle(), 0x40000000) != 0) throw Failure("the network namespace could not be entered");
    }

    /// <summary>Puts one name in the place of another in a single step, links included.</summary>
    public static void Rename(string from, string to)
    {
        if (rename(from, to) != 0) throw Failure($"{from} could not be renamed to {to}");
    }

    /// <summary>One more name for a file; false where there can't be one, as on another disk.</summary>
    public static bool Link(string file, string name) => link(file, name) == 0;

    /// <summary>What a path leads to, held fast: whatever happens to the path afterwards, "/proc/self/fd/N" stays the same thing.</summary>
    public static Microsoft.Win32.SafeHandles.SafeFileHandle Hold(string path)
    {
        const int pathOnly = 0x200000 | 0x80000;
        var fd = open(path, pathOnly);
        return fd >= 0 ? new((nint)fd, ownsHandle: true) : throw Failure($"{path} could not be opened");
    }

    /// <summary>Of cgroups, whose files go with the directory.</summary>
    public static void RemoveDirectory(string path)
    {
        if (rmdir(path) != 0) throw Failure($"{path} could not be removed");
    }

    /// <summary>Type and permission bits, links followed; 0 when there is nothing.</summary>
    public static int ModeOf(string path)
    {
        const int sizeOfStatx = 256;
        const int modeAt = 28;
        Span<byte> buffer = stackalloc byte[sizeOfStatx];
        return statx(-100, path, 0, 0x3, ref MemoryMarshal.GetReference(buffer)) == 0 ? System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(buffer[modeAt..]) : 0;
    }

    /// <summary>One entry of a directory, links not followed; null when it is gone.</summary>
    public static FileLook? Look(string path)
    {
        const int sizeOfStatx = 256;
        const int dontFollow = 0x100;
        const uint basics = 0x7ff;
        Span<byte> b = stackalloc byte[sizeOfStatx];
        if (statx(-100, path, dontFollow, basics, ref MemoryMarshal.GetReference(b)) != 0) return null;
        return new(System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(b[16..]), System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(b[28..]),
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(b[32..]), System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(b[48..]),
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(b[136..]))
        { Owner = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(b[20..]), Group = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(b[24..]) };
    }

    /// <summary>Size and room of the file system that a path is on; null when there is no such path.</summary>
    public static Stats.FileSystemUse? FileSystem(string path)
    {
        // Both 64-bit machines we run on lay the structure out alike: eight-byte numbers from the start.
        Span<long> b = stackalloc long[16];
        if (statvfs(path, ref MemoryMarshal.GetReference(b)) != 0) return null;
        var (fragment, blocks, free, available, files, filesFree) = (b[1], b[2], b[3], b[4], b[5], b[6]);
        return new(blocks * fragment, available * fragment, (blocks - free) * fragment, files, filesFree);
    }

    private static IOException Failure(string what) =>
        new($"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, ulong flags, string? data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint user, uint group);

    // Calls that older C libraries have no names for.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long syscall(long number, long directory, string path, long flags, long none, long nothing);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long syscall(long number, long directory, string path, long flags, ref long attributes, long size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long syscall(long number, long from, string path, long to, string target, long flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, int type);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, ref byte buffer);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rmdir(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statvfs(string path, ref long buffer);
}

/// <summary>What the kernel says of one file.</summary>
internal readonly record struct FileLook(uint Links, ushort Mode, ulong Inode, long Blocks, ulong Device)
{
    public uint Owner { get; init; }
    public uint Group { get; init; }

    public bool IsDirectory => (Mode & 0xF000) == 0x4000;
}
