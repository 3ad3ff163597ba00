using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniKube.Store.Sqlite;

/// <summary>
/// The bundled SQLite calls fsync, which also writes the journal of the file system whenever the file's time stamp moved. The WAL is
/// overwritten in place and needs none of that: this puts fdatasync there. Everything else, failures included, stays SQLite's.
/// </summary>
internal static unsafe partial class DataSync
{
    private const int OpenWal = 0x00080000;
    private const int FsyncFailed = 1034;
    private const int ReadWriteCloseOnExec = 0x2 | 0x80000;

    private static readonly ConcurrentDictionary<nint, Wal> Wals = new();
    private static Vfs* original;
    private static Vfs* ours;

    private sealed class Wal(string path, nint methods, nint replaced)
    {
        public string Path { get; } = path;
        public nint Methods { get; } = methods;
        public nint Replaced { get; } = replaced;
        public int File { get; set; } = -1;
        public bool Named { get; set; }
    }

    /// <summary>To be called once, before the first connection.</summary>
    public static void Install()
    {
        if (!OperatingSystem.IsLinux()) return;
        original = FindVfs(null);
        ours = (Vfs*)NativeMemory.Alloc((nuint)sizeof(Vfs));
        *ours = *original;
        ours->Name = (byte*)Marshal.StringToCoTaskMemUTF8("unix-datasync");
        ours->Next = null;
        ours->Open = &Open;
        if (RegisterVfs(ours, 1) != 0) throw new InvalidOperationException("SQLite refused the file layer");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(Vfs* vfs, byte* name, File* file, int flags, int* outFlags)
    {
        var code = original->Open(original, name, file, flags, outFlags);
        if (code != 0 || (flags & OpenWal) == 0 || name is null || file->Methods is null) return code;
        var methods = (Methods*)NativeMemory.Alloc((nuint)sizeof(Methods));
        *methods = *file->Methods;
        methods->Sync = &Sync;
        methods->Close = &Close;
        Wals[(nint)file] = new(Marshal.PtrToStringUTF8((nint)name)!, (nint)methods, (nint)file->Methods);
        file->Methods = methods;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(File* file, int flags)
    {
        var wal = Wals[(nint)file];
        if (!wal.Named)
        {
            // The first time SQLite also syncs the directory that the new file's name is in.
            var code = ((Methods*)wal.Replaced)->Sync(file, flags);
            wal.Named = code == 0;
            return code;
        }

        if (wal.File < 0) wal.File = OpenFile(wal.Path, ReadWriteCloseOnExec);
        return wal.File >= 0 && FdataSync(wal.File) == 0 ? 0 : FsyncFailed;
    }

    // A second descriptor of a file drops the process's locks on it when closed; SQLite holds none on a WAL.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(File* file)
    {
        if (!Wals.TryRemove((nint)file, out var wal)) return 0;
        if (wal.File >= 0) _ = CloseFile(wal.File);
        file->Methods = (Methods*)wal.Replaced;
        NativeMemory.Free((void*)wal.Methods);
        return file->Methods->Close(file);
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find")]
    private static partial Vfs* FindVfs(byte* name);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register")]
    private static partial int RegisterVfs(Vfs* vfs, int makeDefault);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fdatasync")]
    private static partial int FdataSync(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int file);

    /// <summary>sqlite3_file: only its first field is public.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct File
    {
        public Methods* Methods;
    }

    /// <summary>sqlite3_io_methods, version 3.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Methods
    {
        public int Version;
        public delegate* unmanaged[Cdecl]<File*, int> Close;
        public nint Read, Write, Truncate;
        public delegate* unmanaged[Cdecl]<File*, int, int> Sync;
        public fixed long Rest[13];
    }

    /// <summary>sqlite3_vfs, version 3.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vfs
    {
        public int Version, FileSize, MostPath;
        public Vfs* Next;
        public byte* Name;
        public nint AppData;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, File*, int, int*, int> Open;
        public fixed long Rest[15];
    }
}
